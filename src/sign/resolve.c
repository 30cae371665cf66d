/* Which key is meant by what a person writes. */
#include "base/text.h"
#include "sign/sign_private.h"
#include "sign/verdict.h"

#include <string.h>

/* A secret key as `gpg --with-colons` lists it (GnuPG's doc/DETAILS): its fingerprint, and those of its subkeys. */
typedef struct {
    GPtrArray *prints; /* of char*; the first is the primary key's */
    bool usable;       /* it can sign, now */
} Listed;

static void listed_free(Listed *listed) {
    g_ptr_array_unref(listed->prints);
    g_free(listed);
}

static GPtrArray *list_keys(const char *text) {
    GPtrArray *keys = g_ptr_array_new_with_free_func((GDestroyNotify)listed_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) fields = g_strsplit(lines[i], ":", -1);
        Listed *last = keys->len > 0 ? g_ptr_array_index(keys, keys->len - 1) : NULL;
        if (g_strv_length(fields) < 12 && g_strcmp0(fields[0], "fpr") != 0)
            continue;
        if (strcmp(fields[0], "sec") == 0) {
            Listed *listed = g_new0(Listed, 1);
            bool dead = *fields[1] != '\0' && strchr("idren", *fields[1]) != NULL;
            listed->prints = g_ptr_array_new_with_free_func(g_free);
            listed->usable = !dead && strchr(fields[11], 'S') != NULL && strchr(fields[11], 'D') == NULL;
            g_ptr_array_add(keys, listed);
        } else if (last != NULL && strcmp(fields[0], "fpr") == 0 && g_strv_length(fields) > 9) {
            g_ptr_array_add(last->prints, g_strdup(fields[9]));
        }
    }
    return keys;
}

/* With which key gpg signs where none is named: it says so when it does. g_free; NULL: it does not sign. */
static char *default_print(const SignSpec *spec, GError **error) {
    const char *const rest[] = {"--batch", "--no-tty", "--pinentry-mode", "error", "--status-fd", "2", "--armor", "--detach-sign", NULL};
    g_autoptr(GPtrArray) words = sign_words(sign_program(spec), rest);
    g_autoptr(GBytes) bytes = g_bytes_new_static("test\n", 5);
    g_auto(ProcessResult) result = {0};
    if (!sign_run(spec, (const char *const *)words->pdata, bytes, &result, error))
        return NULL;
    g_autoptr(GRegex) form = g_regex_new("^\\[GNUPG:\\] SIG_CREATED (?:\\S+ ){5}([0-9A-F]+)$", G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (process_ok(&result) && g_regex_match(form, process_text(result.err), 0, &match))
        return g_match_info_fetch(match, 1);
    sign_refuse(spec, &result, error);
    return NULL;
}

/* The one usable key, or the one that has this fingerprint among its own; else NULL and how many may be meant, with their fingerprints. */
static const Listed *only_one(const GPtrArray *keys, const char *print, guint *count, GString *all) {
    const Listed *found = NULL;
    for (guint i = 0; i < keys->len; i++) {
        const Listed *listed = g_ptr_array_index(keys, i);
        bool has = print == NULL || g_ptr_array_find_with_equal_func(listed->prints, print, g_str_equal, NULL);
        if (!listed->usable || !has || listed->prints->len == 0)
            continue;
        found = listed;
        (*count)++;
        g_string_append_printf(all, "%s%s", all->len > 0 ? "\n" : "", (const char *)listed->prints->pdata[0]);
    }
    return *count == 1 ? found : NULL;
}

static char *resolve_gpg(const SignSpec *spec, GError **error) {
    bool named = *spec->key != '\0';
    g_autofree char *print = named ? NULL : default_print(spec, error);
    if (!named && print == NULL)
        return NULL;
    const char *const rest[] = {
        "--batch", "--no-tty", "--with-colons", "--fixed-list-mode", "--fingerprint", "--fingerprint", "--list-secret-keys", "--", named ? spec->key : NULL,
        NULL};
    g_autoptr(GPtrArray) words = sign_words(sign_program(spec), rest);
    g_auto(ProcessResult) result = {0};
    if (!sign_run(spec, (const char *const *)words->pdata, NULL, &result, error))
        return NULL;
    g_autoptr(GPtrArray) keys = list_keys(process_text(result.out));
    g_autoptr(GString) all = g_string_new(NULL);
    guint count = 0;
    const Listed *one = only_one(keys, print, &count, all);
    if (one != NULL)
        return g_strdup(one->prints->pdata[0]);
    g_autofree char *shown = text_escape(spec->key, -1, false);
    error_set(error, ERROR_SIGNING, count > 1 ? "\"%s\" is the name of %u keys that can sign" : "none of your secret keys that can sign is called \"%s\"",
              shown, count);
    error_why(error, "%s", count > 1 ? all->str : "a key is taken by its full fingerprint, or by a name that one secret key of yours has");
    error_fix(error, "set signature.key (or git's user.signingKey) to the fingerprint that `gpg --list-secret-keys` shows");
    return NULL;
}

char *sign_resolve(const SignSpec *spec, GError **error) {
    if (sign_is_ssh(spec))
        return g_strdup(spec->key);
    char *print = sign_fingerprint(spec->key);
    return print != NULL ? print : resolve_gpg(spec, error);
}
