/* meson.build (mesonbuild.com, "Syntax", "project()"): project('name', …, version: '1.2.3'), only where the version is a literal. */
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "meson.build");
}

typedef struct {
    const char *text;
    gsize length, at;
} Meson;

typedef enum { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_MARK } TokenKind;

typedef struct {
    TokenKind kind;
    gsize from, to; /* of a string: its content */
    bool literal;   /* a string on one line without escapes, and no f'…'; '''…''' knows none */
} Token;

static Token read_string(Meson *meson, bool formatted) {
    bool multi = meson->length - meson->at >= 3 && memcmp(meson->text + meson->at, "'''", 3) == 0;
    Token token = {.kind = TOKEN_STRING, .literal = !multi && !formatted};
    meson->at += multi ? 3 : 1;
    token.from = meson->at;
    const char *end = multi ? memmem(meson->text + meson->at, meson->length - meson->at, "'''", 3) : NULL;
    if (multi) {
        token.to = end != NULL ? (gsize)(end - meson->text) : meson->length;
        meson->at = MIN(token.to + 3, meson->length);
        token.literal = !formatted && end != NULL && memchr(meson->text + token.from, '\n', token.to - token.from) == NULL;
        return token;
    }
    while (meson->at < meson->length && strchr("'\n", meson->text[meson->at]) == NULL) {
        token.literal = token.literal && meson->text[meson->at] != '\\';
        meson->at += meson->text[meson->at] == '\\' ? 2 : 1;
    }
    meson->at = MIN(meson->at, meson->length);
    token.to = meson->at;
    meson->at = MIN(meson->at + 1, meson->length);
    return token;
}

static bool is_word_char(char c) {
    return g_ascii_isalnum(c) || c == '_';
}

static Token next_token(Meson *meson) {
    while (meson->at < meson->length) {
        char c = meson->text[meson->at];
        gsize from = meson->at;
        if (c == '#') {
            const char *end = memchr(meson->text + from, '\n', meson->length - from);
            meson->at = end != NULL ? (gsize)(end - meson->text) : meson->length;
        } else if (c == '\'')
            return read_string(meson, from > 0 && meson->text[from - 1] == 'f');
        else if (is_word_char(c)) {
            while (meson->at < meson->length && is_word_char(meson->text[meson->at]))
                meson->at++;
            return (Token){.kind = TOKEN_WORD, .from = from, .to = meson->at};
        } else if (g_ascii_isspace(c) || c == '\0')
            meson->at++;
        else {
            meson->at++;
            return (Token){.kind = TOKEN_MARK, .from = from, .to = meson->at};
        }
    }
    return (Token){.kind = TOKEN_END};
}

static bool is(const Meson *meson, const Token *token, const char *word) {
    return token->to - token->from == strlen(word) && memcmp(meson->text + token->from, word, strlen(word)) == 0 && token->kind != TOKEN_STRING;
}

typedef struct {
    Token name, version;
} Project;

/* version: 'X' and nothing added to it. */
static void read_arguments(Meson *meson, Project *project) {
    Token before[2] = {{0}, {0}};
    bool first = true;
    for (guint depth = 1; depth > 0;) {
        Token token = next_token(meson);
        if (token.kind == TOKEN_END)
            return;
        bool value = depth == 1 && token.kind == TOKEN_STRING && is(meson, &before[1], ":") && is(meson, &before[0], "version");
        depth += is(meson, &token, "(") || is(meson, &token, "[") || is(meson, &token, "{") ? 1 : 0;
        depth -= is(meson, &token, ")") || is(meson, &token, "]") || is(meson, &token, "}") ? 1 : 0;
        bool behind = before[1].kind == TOKEN_STRING && before[1].from == project->version.from && project->version.kind == TOKEN_STRING;
        if (behind && token.kind == TOKEN_MARK && strchr("+./%", meson->text[token.from]) != NULL)
            project->version = (Token){0};
        if (first && token.kind == TOKEN_STRING)
            project->name = token;
        if (value)
            project->version = token;
        first = false;
        before[0] = before[1];
        before[1] = token;
    }
}

static void find_project(GBytes *bytes, Project *project) {
    gsize length = 0;
    Meson meson = {.text = g_bytes_get_data(bytes, &length)};
    meson.length = length;
    for (Token token = next_token(&meson); token.kind != TOKEN_END; token = next_token(&meson)) {
        if (!is(&meson, &token, "project"))
            continue;
        token = next_token(&meson);
        if (is(&meson, &token, "("))
            read_arguments(&meson, project);
        return;
    }
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    const char *text = g_bytes_get_data(query->bytes, NULL);
    GPtrArray *places = manifest_places_new();
    Project project = {0};
    find_project(query->bytes, &project);
    gsize length = project.version.to - project.version.from;
    if (project.version.literal && manifest_is_value(text + project.version.from, length))
        manifest_places_add(places, text, project.version.from, length);
    return places;
}

static char *package(GBytes *bytes) {
    const char *text = g_bytes_get_data(bytes, NULL);
    Project project = {0};
    find_project(bytes, &project);
    return project.name.literal && project.name.to > project.name.from ? g_strndup(text + project.name.from, project.name.to - project.name.from) : NULL;
}

const ManifestFormat manifest_format_meson = {
    .name = "meson",
    .doc = "meson.build: project(…, version: '1.2.3')",
    .claims = claims,
    .find = find,
    .package = package,
};
