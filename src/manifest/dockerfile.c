/* Dockerfile (docs.docker.com, "Dockerfile reference"; OCI image-spec, annotations.md): LABEL version and org.opencontainers.image.version, ARG and ENV
 * VERSION. An ARG may name another program's version: only what says the project's counts. */
#include "manifest/place.h"

#include <string.h>

static bool claims(const char *path) {
    return manifest_is_named(path, "Dockerfile") || manifest_is_named(path, "Containerfile") || g_str_has_suffix(path, ".Dockerfile") ||
           g_str_has_suffix(path, ".dockerfile") || strstr(path, "Dockerfile.") != NULL;
}

typedef struct {
    const char *text;
    gsize length, at;
    GPtrArray *places;
} Docker;

/* Blanks, and line ends behind a backslash, with the comments that may follow. False: the instruction ends. */
static bool skip_blanks(Docker *docker) {
    while (docker->at < docker->length) {
        char c = docker->text[docker->at];
        gsize next = docker->at + 1;
        if (c == '\\') {
            while (next < docker->length && strchr(" \t\r", docker->text[next]) != NULL && docker->text[next] != '\0')
                next++;
            if (next >= docker->length || docker->text[next] != '\n')
                return true;
            docker->at = next + 1;
        } else if (c == ' ' || c == '\t' || c == '\r')
            docker->at++;
        else
            return c != '\n';
    }
    return false;
}

static bool is_key(const char *key, gsize length, const char *const *known) {
    for (guint i = 0; known[i] != NULL; i++) {
        if (strlen(known[i]) == length && g_ascii_strncasecmp(known[i], key, length) == 0)
            return true;
    }
    return false;
}

/* key=value or key="value"; a word without = is passed over. */
static void read_pair(Docker *docker, const char *const *known) {
    const char *text = docker->text;
    gsize key = docker->at;
    if (text[docker->at] == '"')
        key = ++docker->at;
    while (docker->at < docker->length && !g_ascii_isspace(text[docker->at]) && text[docker->at] != '=' && text[docker->at] != '"')
        docker->at++;
    gsize key_end = docker->at;
    docker->at += docker->at < docker->length && text[docker->at] == '"' ? 1 : 0;
    if (docker->at >= docker->length || text[docker->at] != '=') {
        docker->at += docker->at == key && docker->at < docker->length ? 1 : 0;
        return;
    }
    docker->at++;
    bool quoted = docker->at < docker->length && (text[docker->at] == '"' || text[docker->at] == '\'');
    char quote = quoted ? text[docker->at++] : '\0';
    gsize from = docker->at;
    while (docker->at < docker->length && (quoted ? text[docker->at] != quote && text[docker->at] != '\n' : !g_ascii_isspace(text[docker->at])))
        docker->at += text[docker->at] == '\\' && quoted ? 2 : 1;
    docker->at = MIN(docker->at, docker->length);
    if (is_key(text + key, key_end - key, known) && manifest_is_value(text + from, docker->at - from))
        manifest_places_add(docker->places, text, from, docker->at - from);
    docker->at += quoted && docker->at < docker->length && text[docker->at] == quote ? 1 : 0;
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

static GPtrArray *find(const ManifestQuery *query, GError **error) {
    (void)error;
    Docker docker = {.places = manifest_places_new()};
    docker.text = g_bytes_get_data(query->bytes, &docker.length);
    while (docker.at < docker.length) {
        while (docker.at < docker.length && g_ascii_isspace(docker.text[docker.at]))
            docker.at++;
        gsize from = docker.at;
        while (docker.at < docker.length && g_ascii_isalpha(docker.text[docker.at]))
            docker.at++;
        const char *const *keys = keys_of(&docker, from);
        bool comment = docker.at < docker.length && docker.text[docker.at] == '#';
        while (!comment && skip_blanks(&docker)) {
            gsize before = docker.at;
            if (keys != NULL)
                read_pair(&docker, keys);
            docker.at += docker.at == before ? 1 : 0;
        }
        const char *end = docker.at < docker.length ? memchr(docker.text + docker.at, '\n', docker.length - docker.at) : NULL;
        docker.at = end != NULL ? (gsize)(end - docker.text) + 1 : docker.length;
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
