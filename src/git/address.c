/* Addresses of remotes may hold passwords and tokens: what is shown of them, and what of git's configuration is told to base/secret, so that git's own words
 * about an address show none either. */
#include "base/secret.h"
#include "git/git_private.h"

#include <string.h>

#define LONG_WORD 32
#define LEAST_VALUE 8

/* What services begin their tokens with. */
static const char *const beginnings[] = {"ghp_",  "gho_",   "ghu_",   "ghs_",  "ghr_",    "github_pat_", "glpat-",    "gldt-",
                                         "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-",    "GR1348941", "ATBB"};

static bool is_token(const char *word, gsize length) {
    bool digit = false, letter = false;
    for (guint i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        if (length > strlen(beginnings[i]) + LEAST_VALUE && strncmp(word, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    }
    for (gsize i = 0; i < length; i++) {
        digit = digit || g_ascii_isdigit(word[i]);
        letter = letter || g_ascii_isalpha(word[i]);
        if (!g_ascii_isalnum(word[i]) && word[i] != '_' && word[i] != '-')
            return false;
    }
    return length >= LONG_WORD && digit && letter;
}

/* The parts of SCHEME://USER@HOST/PATH?QUERY or, without a scheme, USER@HOST:PATH. Borrowed; an empty part has begin == end. */
typedef struct {
    const char *user, *user_end, *host, *path, *query, *end;
    bool scheme;
} Address;

static Address parts_of(const char *url) {
    const char *mark = strstr(url, "://");
    Address is = {.scheme = mark != NULL, .end = url + strlen(url)};
    is.user = mark != NULL ? mark + 3 : url;
    is.query = mark != NULL ? is.user + strcspn(is.user, "?#") : is.end;
    is.path = is.user + strcspn(is.user, "/");
    is.path = is.path < is.query ? is.path : is.query;
    const char *at = is.path > is.user ? memrchr(is.user, '@', (gsize)(is.path - is.user)) : NULL;
    is.user_end = at != NULL ? at : is.user;
    is.host = at != NULL ? at + 1 : is.user;
    return is;
}

/* "git@" of git@host:path is no secret; a password or a token is. */
static bool shows_user(const Address *is) {
    gsize length = (gsize)(is->user_end - is->user);
    return !is->scheme && length > 0 && memchr(is->user, ':', length) == NULL && !is_token(is->user, length);
}

char *git_shown_address(const char *url) {
    Address is = parts_of(url);
    GString *shown = g_string_new_len(url, is.user - url);
    if (shows_user(&is))
        g_string_append_len(shown, is.user, is.host - is.user);
    const char *at = is.host;
    while (at < is.query) {
        gsize length = strcspn(at, is.scheme ? "/?#" : "/:");
        if (at > is.host && is_token(at, length) && (is.scheme || is.host > is.user))
            g_string_append(shown, "***");
        else
            g_string_append_len(shown, at, (gssize)length);
        at += length;
        if (at < is.query)
            g_string_append_c(shown, *at++);
    }
    return g_string_free(shown, FALSE);
}

/* ---- what must not be shown ---- */

static void learn(const char *text, gsize length) {
    g_autofree char *word = g_strndup(text, length);
    g_autofree char *plain = g_uri_unescape_string(word, NULL);
    const char *secret = plain != NULL ? plain : word;
    if (strcmp(secret, "x-oauth-basic") != 0)
        secret_unref(secret_new(secret, strlen(secret))); /* what was one stays known */
}

static void learn_query(const char *query) {
    g_auto(GStrv) pairs = g_strsplit_set(query, "?&;#", -1);
    for (guint i = 0; pairs[i] != NULL; i++) {
        const char *sign = strchr(pairs[i], '=');
        const char *value = sign != NULL ? sign + 1 : pairs[i];
        if (strlen(value) >= LEAST_VALUE)
            learn(value, strlen(value));
    }
}

static void learn_address(const char *url) {
    Address is = parts_of(url);
    gsize length = (gsize)(is.user_end - is.user);
    const char *colon = length > 0 ? memchr(is.user, ':', length) : NULL;
    if (colon != NULL)
        learn(colon + 1, (gsize)(is.user_end - colon) - 1);
    gsize name = colon != NULL ? (gsize)(colon - is.user) : length;
    if (is_token(is.user, name))
        learn(is.user, name);
    g_auto(GStrv) segments = g_strsplit_set(is.path, "/:?#", -1);
    for (guint i = 0; is.path < is.query && segments[i] != NULL; i++) {
        if (is.scheme && is_token(segments[i], strlen(segments[i])))
            learn(segments[i], strlen(segments[i]));
    }
    learn_query(is.query);
}

/* "Authorization: Basic dXNlcjp0b2tlbg==": the word, and what it stands for. */
static void learn_header(const char *header) {
    const char *colon = strchr(header, ':');
    const char *blank = colon != NULL ? strrchr(colon, ' ') : NULL;
    const char *word = blank != NULL ? blank + 1 : colon != NULL ? colon + 1 : header;
    if (strlen(word) < LEAST_VALUE)
        return;
    learn(word, strlen(word));
    gsize length = 0;
    g_autofree guchar *plain = g_base64_decode(word, &length);
    g_autofree char *text = g_strndup((const char *)plain, length);
    const char *password = strchr(text, ':');
    if (password != NULL && strlen(password) > LEAST_VALUE)
        learn(password + 1, strlen(password + 1));
}

/* key: "remote.NAME.url", "url.BASE.insteadOf", "http.BASE.extraHeader", … */
static void learn_entry(const char *key, const char *value) {
    const char *last = strrchr(key, '.');
    bool header = g_str_has_suffix(key, ".extraheader");
    if (last > key + 4 && (g_str_has_prefix(key, "url.") || g_str_has_prefix(key, "http."))) {
        const char *base = strchr(key, '.') + 1;
        g_autofree char *address = last > base ? g_strndup(base, (gsize)(last - base)) : g_strdup("");
        learn_address(address);
    }
    if (header)
        learn_header(value);
    else if (g_str_has_prefix(key, "url.") || g_str_has_suffix(key, "url") || g_str_has_suffix(key, "proxy"))
        learn_address(value);
}

static bool learn_config(const Git *git, GitEnd *end, GError **error) {
    const char *words[] = {"config", "--null", "--get-regexp", "^(remote|url|http)\\.", NULL};
    gsize length = 0;
    GitCall call = {.read = true, .words = words, .end = end, .length = &length};
    g_autofree char *all = git_call(git, &call, error);
    for (gsize from = 0; all != NULL && from < length; from += strlen(all + from) + 1) {
        g_auto(GStrv) pair = g_strsplit(all + from, "\n", 2);
        if (pair[0] != NULL && pair[1] != NULL)
            learn_entry(pair[0], pair[1]);
    }
    return all != NULL;
}

/* Locked until it is learned: nobody goes to a remote before. */
bool git_learn_secrets(const Git *git, GitEnd *end, GError **error) {
    static GMutex lock;
    static GHashTable *known; /* a set of folders */
    const char *folder = git->common_dir != NULL ? git->common_dir : git->tree;
    g_mutex_lock(&lock);
    known = known != NULL ? known : g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    bool learned = g_hash_table_contains(known, folder) || learn_config(git, end, error);
    if (learned)
        g_hash_table_add(known, g_strdup(folder));
    g_mutex_unlock(&lock);
    return learned;
}
