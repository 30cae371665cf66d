/* Where a repository is, from the address of a git remote (git-clone(1), "GIT URLS"). Hostile: it comes from a repository's configuration. */
#include "forge/forge.h"

#include <string.h>

#define MAX_LENGTH 2048
#define MAX_HOST 253

static bool is_host(const char *host) {
    gsize length = strlen(host);
    if (length == 0 || length > MAX_HOST || strchr("-.", *host) != NULL || strstr(host, "..") != NULL)
        return false;
    if (*host == '[')
        return length > 4 && host[length - 1] == ']' && strspn(host + 1, "0123456789abcdef:.") == length - 2;
    for (const char *p = host; *p != '\0'; p++) {
        if (!g_ascii_isalnum(*p) && strchr("-._", *p) == NULL)
            return false;
    }
    return true;
}

static bool is_port(const char *port) {
    guint64 number;
    return g_ascii_isdigit(*port) && g_ascii_string_to_unsigned(port, 10, 1, 65535, &number, NULL);
}

/* Letters that a path on a forge has; "%" stands for none of them. */
static bool is_path(const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*parts[i] == '\0' || *parts[i] == '-' || g_str_equal(parts[i], ".") || g_str_equal(parts[i], ".."))
            return false;
        for (const char *p = parts[i]; *p != '\0'; p++) {
            if (!g_ascii_isalnum(*p) && strchr("-._~+", *p) == NULL)
                return false;
        }
    }
    return *path != '\0';
}

/* Without slashes at the ends and ".git". g_free. */
static char *plain_path(const char *path) {
    char *plain = g_strdup(path + strspn(path, "/"));
    gsize length = strlen(plain);
    while (length > 0 && plain[length - 1] == '/')
        plain[--length] = '\0';
    if (g_str_has_suffix(plain, ".git"))
        plain[length - 4] = '\0';
    return plain;
}

/* authority: "user:password@host:port", of which host and port are taken. */
static bool take_authority(const char *scheme, const char *authority, char **host) {
    const char *at = strrchr(authority, '@');
    g_autofree char *lower = g_ascii_strdown(at != NULL ? at + 1 : authority, -1);
    char *colon = strrchr(lower, ':');
    char *bracket = strrchr(lower, ']');
    if (colon != NULL && bracket != NULL && colon < bracket)
        colon = NULL;
    const char *port = colon != NULL ? colon + 1 : NULL;
    if (colon != NULL)
        *colon = '\0';
    if (!is_host(lower) || (port != NULL && *port != '\0' && !is_port(port)))
        return false;
    bool web = g_str_has_prefix(scheme, "http");
    bool usual = port == NULL || *port == '\0' || g_str_equal(port, g_str_equal(scheme, "https") ? "443" : "80");
    *host = web && !usual ? g_strconcat(lower, ":", port, NULL) : g_strdup(lower);
    return true;
}

static bool fill(ForgeRemote *remote, const char *scheme, const char *authority, const char *path) {
    g_autofree char *plain = plain_path(path);
    g_autofree char *host = NULL;
    if (!is_path(plain) || !take_authority(scheme, authority, &host))
        return false;
    remote->scheme = g_strdup(g_str_equal(scheme, "http") ? "http" : "https");
    remote->host = g_steal_pointer(&host);
    remote->path = g_steal_pointer(&plain);
    return true;
}

static bool parse_url(const char *url, const char *mark, ForgeRemote *remote) {
    static const char *const schemes[] = {"https", "http", "ssh", "git", "git+ssh", "ssh+git", NULL};
    g_autofree char *raw = g_strndup(url, (gsize)(mark - url));
    g_autofree char *scheme = g_ascii_strdown(raw, -1);
    const char *start = mark + 3;
    const char *slash = strchr(start, '/');
    if (!g_strv_contains(schemes, scheme) || slash == NULL)
        return false;
    g_autofree char *authority = g_strndup(start, (gsize)(slash - start));
    return fill(remote, scheme, authority, slash);
}

/* "user@host:path"; with a slash before the colon it is a path of this machine. */
static bool parse_scp(const char *url, ForgeRemote *remote) {
    const char *from = strchr(url, '[');
    const char *close = from != NULL ? strchr(from, ']') : NULL;
    const char *colon = strchr(close != NULL ? close : url, ':');
    const char *slash = strchr(url, '/');
    if (colon == NULL || (slash != NULL && slash < colon) || *url == '-')
        return false;
    g_autofree char *authority = g_strndup(url, (gsize)(colon - url));
    return fill(remote, "ssh", authority, colon + 1);
}

bool forge_remote_parse(const char *url, ForgeRemote *remote) {
    *remote = (ForgeRemote){0};
    if (url == NULL || strlen(url) > MAX_LENGTH)
        return false;
    for (const char *p = url; *p != '\0'; p++) {
        if ((guchar)*p <= 0x20 || (guchar)*p >= 0x7f)
            return false;
    }
    const char *mark = strstr(url, "://");
    return mark != NULL ? parse_url(url, mark, remote) : parse_scp(url, remote);
}

void forge_remote_clear(ForgeRemote *remote) {
    g_clear_pointer(&remote->scheme, g_free);
    g_clear_pointer(&remote->host, g_free);
    g_clear_pointer(&remote->path, g_free);
}
