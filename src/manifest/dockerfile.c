/* Dockerfile (docs.docker.com, "Dockerfile reference"; OCI image-spec, annotations.md): LABEL version and org.opencontainers.image.version, ARG and ENV
 * VERSION. An ARG may name another program's version: only what says the project's counts. */
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    return g_str_equal(name, "Dockerfile") || g_str_equal(name, "Containerfile") || g_str_has_suffix(name, ".Dockerfile") ||
           g_str_has_suffix(name, ".dockerfile") || g_str_has_prefix(name, "Dockerfile.");
}

typedef struct {
    const char *text;
    gsize length, at;
    char escape; /* what a directive may change: at the end of a line it goes on in the next */
    GPtrArray *places;
} Docker;

static char peek(const Docker *docker) {
    return docker->at < docker->length ? docker->text[docker->at] : '\0';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_line(Docker *docker) {
    const char *end = docker->at < docker->length ? memchr(docker->text + docker->at, '\n', docker->length - docker->at) : NULL;
    docker->at = end != NULL ? (gsize)(end - docker->text) + 1 : docker->length;
}

static gsize behind_blanks(const Docker *docker, gsize at) {
    while (at < docker->length && is_blank(docker->text[at]))
        at++;
    return at;
}

/* Behind a line's joined end, and the comments and empty lines that may follow it. */
static void skip_joined(Docker *docker) {
    for (;;) {
        gsize next = behind_blanks(docker, docker->at);
        bool passed = next < docker->length && (docker->text[next] == '#' || docker->text[next] == '\n');
        if (!passed)
            return;
        docker->at = next;
        skip_line(docker);
    }
}

/* Is this the escape character at the end of a line? Then goes on in the next one. */
static bool join(Docker *docker) {
    gsize next = docker->at + 1;
    if (peek(docker) != docker->escape)
        return false;
    next = behind_blanks(docker, next);
    if (next < docker->length && docker->text[next] != '\n')
        return false;
    docker->at = MIN(next + 1, docker->length);
    skip_joined(docker);
    return true;
}

/* False: the instruction ends. */
static bool skip_blanks(Docker *docker) {
    while (docker->at < docker->length) {
        if (is_blank(peek(docker)))
            docker->at++;
        else if (!join(docker))
            return peek(docker) != '\n';
    }
    return false;
}

/* ---- LABEL, ARG and ENV ---- */

static bool is_key(const char *key, gsize length, const char *const *known) {
    for (guint i = 0; known[i] != NULL; i++) {
        if (strlen(known[i]) == length && g_ascii_strncasecmp(known[i], key, length) == 0)
            return true;
    }
    return false;
}

/* To the end of a word or, behind its opening quote, of a quoted text. */
static void skip_text(Docker *docker, char quote) {
    while (docker->at < docker->length && (quote != '\0' ? peek(docker) != quote && peek(docker) != '\n' : !g_ascii_isspace(peek(docker)))) {
        bool quoted = peek(docker) == docker->escape && quote == '"';
        docker->at += quoted ? 2 : 1;
    }
    docker->at = MIN(docker->at, docker->length);
}

/* key=value, key="value", "key"=value; `key value` where it is all that the instruction says. */
static void read_pair(Docker *docker, const char *const *known, bool first) {
    const char *text = docker->text;
    bool key_quoted = peek(docker) == '"';
    gsize key = docker->at += key_quoted ? 1 : 0;
    while (docker->at < docker->length && !g_ascii_isspace(peek(docker)) && peek(docker) != '=' && peek(docker) != '"')
        docker->at++;
    gsize key_end = docker->at;
    docker->at += key_quoted && peek(docker) == '"' ? 1 : 0;
    bool old_form = first && is_blank(peek(docker));
    if (peek(docker) != '=' && !old_form)
        return;
    docker->at = old_form ? behind_blanks(docker, docker->at) : docker->at + 1;
    bool quoted = peek(docker) == '"' || peek(docker) == '\'';
    char quote = quoted ? text[docker->at++] : '\0';
    gsize from = docker->at;
    skip_text(docker, quote);
    gsize to = docker->at, behind = behind_blanks(docker, to + (quoted ? 1 : 0));
    bool alone = !old_form || behind >= docker->length || text[behind] == '\n';
    if (alone && is_key(text + key, key_end - key, known) && manifest_is_value(text + from, to - from))
        manifest_places_add(docker->places, text, from, to - from);
    docker->at += quoted && peek(docker) == quote ? 1 : 0;
}

static void read_pairs(Docker *docker, const char *const *known) {
    for (bool first = true; skip_blanks(docker); first = false) {
        gsize before = docker->at;
        read_pair(docker, known, first);
        docker->at += docker->at == before ? 1 : 0;
    }
}

/* ---- other instructions ---- */

/* Behind "<<": the word that ends the text, without its quotes; NULL: it is no such thing. */
static char *heredoc_word(Docker *docker, bool *tabs) {
    *tabs = peek(docker) == '-';
    docker->at += *tabs ? 1 : 0;
    gsize from = docker->at;
    while (docker->at < docker->length && !g_ascii_isspace(peek(docker)) && strchr("<;|&>", peek(docker)) == NULL)
        docker->at++;
    if (docker->at == from || peek(docker) == '<')
        return NULL;
    bool quoted = docker->at - from > 2 && (docker->text[from] == '"' || docker->text[from] == '\'');
    return quoted ? g_strndup(docker->text + from + 1, docker->at - from - 2) : g_strndup(docker->text + from, docker->at - from);
}

static void skip_heredoc(Docker *docker, const char *word, bool tabs) {
    gsize size = strlen(word);
    while (docker->at < docker->length) {
        gsize from = docker->at;
        skip_line(docker);
        gsize to = docker->at;
        while (to > from && (docker->text[to - 1] == '\n' || docker->text[to - 1] == '\r'))
            to--;
        while (tabs && from < to && docker->text[from] == '\t')
            from++;
        if (to - from == size && memcmp(docker->text + from, word, size) == 0)
            return;
    }
}

/* The instruction's words, and the texts that follow it. */
static void skip_instruction(Docker *docker) {
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    while (skip_blanks(docker)) {
        bool tabs = false;
        gsize before = docker->at;
        while (g_ascii_isdigit(peek(docker)))
            docker->at++;
        bool here = docker->length - docker->at > 2 && memcmp(docker->text + docker->at, "<<", 2) == 0;
        docker->at += here ? 2 : 0;
        char *word = here ? heredoc_word(docker, &tabs) : NULL;
        if (word != NULL)
            g_ptr_array_add(words, g_strconcat(tabs ? "-" : "+", word, NULL));
        g_free(word);
        while (docker->at < docker->length && !g_ascii_isspace(peek(docker)) && !(peek(docker) == docker->escape && join(docker)))
            docker->at++;
        docker->at += docker->at == before ? 1 : 0;
    }
    skip_line(docker);
    for (guint i = 0; i < words->len; i++) {
        const char *word = g_ptr_array_index(words, i);
        skip_heredoc(docker, word + 1, *word == '-');
    }
}

static bool is_instruction(const Docker *docker, gsize from, const char *word) {
    return docker->at - from == strlen(word) && g_ascii_strncasecmp(docker->text + from, word, strlen(word)) == 0;
}

static const char *const *keys_of(const Docker *docker, gsize from) {
    static const char *const labels[] = {"version", "org.opencontainers.image.version", "org.label-schema.version", NULL};
    static const char *const arguments[] = {"VERSION", "APP_VERSION", "RELEASE_VERSION", "PACKAGE_VERSION", NULL};
    if (is_instruction(docker, from, "LABEL"))
        return labels;
    return is_instruction(docker, from, "ARG") || is_instruction(docker, from, "ENV") ? arguments : NULL;
}

/* "# escape=`" among the comments of the beginning. */
static void read_directive(Docker *docker) {
    gsize at = behind_blanks(docker, docker->at + 1);
    static const char name[] = "escape";
    if (docker->length - at < sizeof name || g_ascii_strncasecmp(docker->text + at, name, sizeof name - 1) != 0)
        return;
    at = behind_blanks(docker, at + sizeof name - 1);
    at = at < docker->length && docker->text[at] == '=' ? behind_blanks(docker, at + 1) : docker->length;
    if (at < docker->length && docker->text[at] == '`')
        docker->escape = '`';
}

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    Docker docker = {.escape = '\\', .places = manifest_places_new()};
    docker.text = g_bytes_get_data(query->bytes, &docker.length);
    for (bool begun = false; docker.at < docker.length;) {
        while (docker.at < docker.length && g_ascii_isspace(peek(&docker)))
            docker.at++;
        if (peek(&docker) == '#') {
            if (!begun)
                read_directive(&docker);
            skip_line(&docker);
            continue;
        }
        begun = true;
        gsize from = docker.at;
        while (g_ascii_isalpha(peek(&docker)))
            docker.at++;
        const char *const *keys = keys_of(&docker, from);
        if (keys != NULL)
            read_pairs(&docker, keys);
        else
            skip_instruction(&docker);
    }
    return docker.places;
}

const ManifestFormat manifest_format_dockerfile = {
    .name = "dockerfile",
    .doc = "Dockerfile: LABEL version, org.opencontainers.image.version; ARG or ENV VERSION",
    .loose = true,
    .claims = claims,
    .find = find,
};
