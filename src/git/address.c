/* Addresses in git's configuration may hold passwords and tokens: base/secret is told them, so that no program's words about an address show them either. What
 * is shown of an address, and of git's words, is told by its structure alone (base/address). */
#include "base/address.h"
#include "base/secret.h"
#include "git/git_private.h"

#include <string.h>

#define LEAST_VALUE 8

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

/* As a text, however short what is secret in it is: it stands nowhere else by chance. */
static void learn_as_written(const Address *is) {
    gsize user = (gsize)(is->user_end - is->user);
    if (is->scheme && user > 0 && (memchr(is->user, ':', user) != NULL || user > strlen("git"))) {
        g_autofree char *text = g_strdup_printf("/%.*s@", (int)user, is->user);
        secret_unref(secret_new(text, strlen(text)));
    }
    if (is->query < is->end && is->host < is->host_end)
        secret_unref(secret_new(is->host, (gsize)(is->end - is->host)));
}

static void learn_address(const char *url) {
    Address is = address_parts(url);
    gsize length = (gsize)(is.user_end - is.user);
    const char *colon = length > 0 ? memchr(is.user, ':', length) : NULL;
    if (colon != NULL)
        learn(colon + 1, (gsize)(is.user_end - colon) - 1);
    gsize name = colon != NULL ? (gsize)(colon - is.user) : length;
    if (address_is_token(is.user, name) || (colon != NULL && (colon + 1 == is.user_end || g_str_has_prefix(colon, ":x-oauth-basic@"))))
        learn(is.user, name);
    g_auto(GStrv) segments = g_strsplit_set(is.host_end, "/:?#", -1);
    for (guint i = 0; is.host_end < is.query && segments[i] != NULL; i++) {
        if (is.scheme && address_is_token(segments[i], strlen(segments[i])))
            learn(segments[i], strlen(segments[i]));
    }
    learn_query(is.query);
    learn_as_written(&is);
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
