/* mix.exs (hexdocs.pm, "mix new", "Mix.Project"; "Syntax reference"): @version "…", or version: "…" of the project. */
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "mix.exs");
}

typedef struct {
    const char *text;
    gsize length, at;
} Elixir;

typedef enum { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_MARK } TokenKind;

typedef struct {
    TokenKind kind;
    gsize from, to; /* of a string: its content */
    bool literal;   /* a string on one line, without escapes and interpolation */
} Token;

static char peek(const Elixir *elixir, gsize ahead) {
    return elixir->at + ahead < elixir->length ? elixir->text[elixir->at + ahead] : '\0';
}

static bool is_word_char(char c) {
    return g_ascii_isalnum(c) || c == '_' || (c & 0x80) != 0;
}

/* #{…}: what stands in it may hold quotes. */
static void skip_interpolation(Elixir *elixir) {
    guint depth = 0;
    while (elixir->at < elixir->length) {
        char c = peek(elixir, 0);
        elixir->at++;
        depth += c == '{' ? 1 : 0;
        depth -= c == '}' ? 1 : 0;
        if (depth == 0 && c == '}')
            return;
    }
}

static Token read_string(Elixir *elixir) {
    char quote = peek(elixir, 0);
    bool multi = peek(elixir, 1) == quote && peek(elixir, 2) == quote, closed = false;
    elixir->at += multi ? 3 : 1;
    Token token = {.kind = TOKEN_STRING, .from = elixir->at, .literal = !multi && quote == '"'};
    while (!closed && elixir->at < elixir->length) {
        char c = peek(elixir, 0);
        bool made = c == '\\' || (c == '#' && peek(elixir, 1) == '{');
        closed = c == quote && (!multi || (peek(elixir, 1) == quote && peek(elixir, 2) == quote));
        token.literal = token.literal && !made && c != '\n';
        if (made && c == '#') {
            elixir->at++;
            skip_interpolation(elixir);
        } else
            elixir->at += closed ? 0 : made ? 2 : 1;
    }
    elixir->at = MIN(elixir->at, elixir->length);
    token.to = elixir->at;
    token.literal = token.literal && closed;
    elixir->at += !closed ? 0 : multi ? 3 : 1;
    return token;
}

/* ~r/…/ and its kin; those in quotes are read as strings. */
static void skip_sigil(Elixir *elixir) {
    static const char open[] = "/|([{<", close[] = "/|)]}>";
    elixir->at++;
    while (g_ascii_isalpha(peek(elixir, 0)))
        elixir->at++;
    const char *mark = peek(elixir, 0) != '\0' ? strchr(open, peek(elixir, 0)) : NULL;
    if (mark == NULL)
        return;
    elixir->at++;
    while (elixir->at < elixir->length && peek(elixir, 0) != close[mark - open])
        elixir->at += peek(elixir, 0) == '\\' ? 2 : 1;
    elixir->at = MIN(elixir->at + 1, elixir->length);
}

static Token next_token(Elixir *elixir) {
    while (elixir->at < elixir->length) {
        char c = peek(elixir, 0);
        gsize from = elixir->at;
        if (c == '#') {
            const char *end = memchr(elixir->text + from, '\n', elixir->length - from);
            elixir->at = end != NULL ? (gsize)(end - elixir->text) : elixir->length;
        } else if (c == '"' || c == '\'')
            return read_string(elixir);
        else if (c == '~' && g_ascii_isalpha(peek(elixir, 1)))
            skip_sigil(elixir);
        else if (c == '?' && peek(elixir, 1) != '\0' && !g_ascii_isspace(peek(elixir, 1)))
            elixir->at = MIN(from + (peek(elixir, 1) == '\\' ? 3 : 2), elixir->length);
        else if (is_word_char(c)) {
            while (elixir->at < elixir->length && is_word_char(peek(elixir, 0)))
                elixir->at++;
            return (Token){.kind = TOKEN_WORD, .from = from, .to = elixir->at};
        } else if (g_ascii_isspace(c))
            elixir->at++;
        else {
            elixir->at++;
            return (Token){.kind = TOKEN_MARK, .from = from, .to = elixir->at};
        }
    }
    return (Token){.kind = TOKEN_END};
}

static bool is(const Elixir *elixir, const Token *token, const char *word) {
    bool plain = token->kind == TOKEN_WORD || token->kind == TOKEN_MARK;
    return plain && token->to - token->from == strlen(word) && memcmp(elixir->text + token->from, word, strlen(word)) == 0;
}

/* Nothing is joined to it. */
static bool is_whole(const Elixir *elixir, const Token *token) {
    gsize at = token->to + 1;
    while (at < elixir->length && (elixir->text[at] == ' ' || elixir->text[at] == '\t'))
        at++;
    return token->literal && (at >= elixir->length || strchr(",]\r\n#;)", elixir->text[at]) != NULL);
}

/* The attribute where there is one, else what the project's list says itself. */
static Token find_version(Elixir *elixir) {
    Token before[2] = {{0}, {0}}, own = {0};
    bool project = false;
    for (Token token = next_token(elixir); token.kind != TOKEN_END; token = next_token(elixir)) {
        bool defines = is(elixir, &before[1], "def") || is(elixir, &before[1], "defp");
        bool string = token.kind == TOKEN_STRING && is_whole(elixir, &token);
        if (defines)
            project = is(elixir, &token, "project");
        if (string && is(elixir, &before[1], "version") && is(elixir, &before[0], "@"))
            return token;
        if (string && project && own.kind == TOKEN_END && is(elixir, &before[1], ":") && is(elixir, &before[0], "version"))
            own = token;
        before[0] = before[1];
        before[1] = token;
    }
    return own;
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    Elixir elixir = {0};
    elixir.text = g_bytes_get_data(query->bytes, &elixir.length);
    GPtrArray *places = manifest_places_new();
    Token version = find_version(&elixir);
    if (version.kind == TOKEN_STRING && manifest_is_value(elixir.text + version.from, version.to - version.from))
        manifest_places_add(places, elixir.text, version.from, version.to - version.from);
    return places;
}

const ManifestFormat manifest_format_elixir = {
    .name = "elixir",
    .doc = "mix.exs: @version \"…\", version: \"…\"",
    .claims = claims,
    .find = find,
};
