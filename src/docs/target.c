#include "docs/target.h"

#include <string.h>

void docs_target_clear(DocsTarget *target) {
    g_clear_pointer(&target->path, g_free);
    g_clear_pointer(&target->fragment, g_free);
}

static gsize scheme_length(const char *text) {
    gsize i = 0;
    if (!g_ascii_isalpha(*text))
        return 0;
    while (g_ascii_isalnum(text[i]) || (text[i] != '\0' && strchr("+.-", text[i]) != NULL))
        i++;
    return text[i] == ':' && i > 1 ? i : 0;
}

/* "%20" and the like; what is no such triple stays. False: it holds a NUL. */
static bool decode(const char *text, gsize length, GString *out) {
    for (gsize i = 0; i < length; i++) {
        bool triple = text[i] == '%' && i + 2 < length && g_ascii_isxdigit(text[i + 1]) && g_ascii_isxdigit(text[i + 2]);
        char c = triple ? (char)(g_ascii_xdigit_value(text[i + 1]) * 16 + g_ascii_xdigit_value(text[i + 2])) : text[i];
        if (c == '\0')
            return false;
        g_string_append_c(out, c);
        i += triple ? 2 : 0;
    }
    return true;
}

static bool is_template(const char *text) {
    return strstr(text, "{{") != NULL || strstr(text, "{%") != NULL || strstr(text, "${") != NULL || strstr(text, "<%") != NULL;
}

/* What stands two levels above a page that GitHub shows at the top of the repository: OWNER/NAME/blob/BRANCH. */
static bool is_forge_page(const char *word, gsize length) {
    static const char *const pages[] = {"issues", "pulls",      "pull", "releases", "discussions", "wiki",    "actions",      "compare",     "commits",
                                        "commit", "tree",       "blob", "labels",   "security",    "graphs",  "projects",     "workflows",   "archive",
                                        "raw",    "milestones", "tags", "settings", "stargazers",  "network", "contributors", "deployments", "-"};
    for (guint i = 0; i < G_N_ELEMENTS(pages); i++) {
        if (strlen(pages[i]) == length && strncmp(pages[i], word, length) == 0)
            return true;
    }
    return length == 0;
}

/* Takes the segments of `text` one after the other. *out: how far it was above the top; -1: it is inside. */
static void walk(GString *path, const char *text, gsize length, int *out) {
    for (gsize at = 0; at <= length;) {
        const char *slash = memchr(text + at, '/', length - at);
        gsize end = slash != NULL ? (gsize)(slash - text) : length, size = end - at;
        if (size == 2 && text[at] == '.' && text[at + 1] == '.') {
            const char *cut = g_strrstr(path->str, "/");
            *out += path->len == 0 ? 1 : 0;
            g_string_truncate(path, cut != NULL ? (gsize)(cut - path->str) : 0);
        } else if (size > 0 && !(size == 1 && text[at] == '.')) {
            if (path->len > 0)
                g_string_append_c(path, '/');
            g_string_append_len(path, text + at, (gssize)size);
        }
        at = end + 1;
    }
}

static DocsTargetKind out_kind(const GString *path, int out) {
    if (out == 0)
        return DOCS_TARGET_PATH;
    return out == 2 && is_forge_page(path->str, strcspn(path->str, "/")) ? DOCS_TARGET_FORGE : DOCS_TARGET_OUT;
}

static void read_path(const char *text, gsize length, const char *from, const char *top, DocsTarget *result) {
    g_autoptr(GString) path = g_string_new(NULL);
    g_autoptr(GString) decoded = g_string_sized_new(length);
    const char *slash = strrchr(from, '/');
    int out = 0;
    result->top = length > 0 && *text == '/';
    result->folder = length > 0 && text[length - 1] == '/';
    if (!decode(text, length, decoded)) {
        result->kind = DOCS_TARGET_BAD;
        return;
    }
    if (length == 0)
        g_string_append(path, from);
    else if (result->top)
        g_string_append(path, top);
    else
        g_string_append_len(path, from, slash != NULL ? slash - from : 0);
    walk(path, decoded->str, decoded->len, &out);
    result->kind = out_kind(path, out);
    result->path = g_strdup(path->str);
}

static void read_web(const char *text, gsize length, DocsTarget *result) {
    g_autofree char *url = g_str_has_prefix(text, "//") ? g_strdup_printf("https:%.*s", (int)length, text) : g_strndup(text, length);
    const char *host = strstr(url, "//");
    bool named = host != NULL && host[2] != '\0' && strchr("/?", host[2]) == NULL;
    result->kind = named && strpbrk(url, " \t\r\n") == NULL ? DOCS_TARGET_WEB : DOCS_TARGET_BAD;
    result->path = g_steal_pointer(&url);
}

void docs_target_read(const char *target, const char *from, const char *top, DocsTarget *result) {
    *result = (DocsTarget){.kind = DOCS_TARGET_OTHER};
    gsize length = strcspn(target, "#");
    if (is_template(target))
        return;
    if (target[length] == '#') {
        g_autoptr(GString) fragment = g_string_new(NULL);
        decode(target + length + 1, strlen(target + length + 1), fragment);
        result->fragment = g_strdup(fragment->str);
    }
    gsize scheme = scheme_length(target);
    bool web = (scheme == 4 || scheme == 5) && g_ascii_strncasecmp(target, "https", scheme) == 0;
    if (web || g_str_has_prefix(target, "//"))
        read_web(target, length, result);
    else if (scheme == 0)
        read_path(target, MIN(length, strcspn(target, "?")), from, top, result);
}
