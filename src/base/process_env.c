/* What of this process's environment other programs get, and what of it can be read from outside. */
#include "base/address.h"
#include "base/process.h"
#include "base/secret.h"

#include <string.h>
#include <unistd.h>

typedef enum { WITHHELD, PLAIN, WORD, ADDRESS, GIT, MARK } How;

typedef struct {
    const char *name;
    How how;
} Row;

static const Row rows[] = {
#define ENV_PASS(name, how) {name, how},
#include "base/process_env.def"
#undef ENV_PASS
};

const char *const *process_token_names(void) {
    static const char *const names[] = {
        "GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GITLAB_TOKEN", "CI_JOB_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN", NULL};
    return names;
}

char **process_drop_tokens(char **env) {
    for (const char *const *name = process_token_names(); *name != NULL; name++)
        env = g_environ_unsetenv(env, *name);
    return env;
}

/* ---- the predicate ---- */

static bool looks_secret(const char *name) {
    static const char *const words[] = {"TOKEN", "SECRET", "PASSW", "PASSPHRASE", "CREDENTIAL", "AUTH", "_KEY", "_PAT", "PASSWD", "ASKPASS", "CONFIG_VALUE"};
    g_autofree char *upper = g_ascii_strup(name, -1);
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strstr(upper, words[i]) != NULL)
            return true;
    }
    return false;
}

/* Rows that name it whole come before those of a pattern, wherever they stand. */
static How how_of(const char *name) {
    How found = WITHHELD;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        gsize length = strlen(rows[i].name);
        if (strcmp(rows[i].name, name) == 0)
            return rows[i].how;
        bool pattern = rows[i].name[length - 1] == '*' && strncmp(rows[i].name, name, length - 1) == 0;
        found = pattern && !looks_secret(name) ? rows[i].how : found;
    }
    return found;
}

/* ---- addresses ---- */

/* A list of addresses, without what is secret in them. NULL: one is useless without it. g_free. */
static char *bare_addresses(const char *value) {
    GString *out = g_string_new(NULL);
    while (*value != '\0') {
        gsize length = strcspn(value, " \t\n,|");
        g_autofree char *word = g_strndup(value, length);
        g_autofree char *bare = address_shown(word);
        g_string_append(out, bare);
        value += length;
        if (*value != '\0')
            g_string_append_c(out, *value++);
    }
    bool whole = strstr(out->str, "***") == NULL;
    char *bare = g_string_free(out, FALSE);
    if (!whole)
        g_clear_pointer(&bare, g_free);
    return bare;
}

/* ---- for children ---- */

/* A program by its name or path: what has words behind it may have anything there. */
static bool is_one_word(const char *value) {
    return strpbrk(value, " \t\n=@") == NULL;
}

/* What one entry ("K=V") becomes; NULL: nothing. */
static char *passed_entry(const char *entry, bool git) {
    const char *sign = strchr(entry, '=');
    g_autofree char *name = sign != NULL ? g_strndup(entry, (gsize)(sign - entry)) : NULL;
    How how = name != NULL ? how_of(name) : WITHHELD;
    if (how == ADDRESS) {
        g_autofree char *bare = bare_addresses(sign + 1);
        return bare != NULL ? g_strdup_printf("%s=%s", name, bare) : NULL;
    }
    if (how == WORD)
        return is_one_word(sign + 1) ? g_strdup(entry) : NULL;
    return how == PLAIN || (git && how == GIT) ? g_strdup(entry) : NULL;
}

static char **passed_entries(bool git) {
    g_auto(GStrv) all = g_get_environ();
    GPtrArray *env = g_ptr_array_new();
    for (guint i = 0; all[i] != NULL; i++) {
        char *entry = passed_entry(all[i], git);
        if (entry != NULL)
            g_ptr_array_add(env, entry);
    }
    g_ptr_array_add(env, NULL);
    return (char **)g_ptr_array_free(env, FALSE);
}

/* What is handed over by name may be printed by who gets it. */
static char **hand_over(char **env, const char *name) {
    const char *value = g_strv_contains(process_token_names(), name) ? NULL : g_getenv(name);
    if (value == NULL)
        return env;
    secret_unref(looks_secret(name) ? secret_new(value, strlen(value)) : NULL); /* what was one stays known */
    return g_environ_setenv(env, name, value, TRUE);
}

char **process_pass_env(const char *const *pass, const char *const *extra) {
    char **env = passed_entries(false);
    for (guint i = 0; pass != NULL && pass[i] != NULL; i++)
        env = hand_over(env, pass[i]);
    for (guint i = 0; extra != NULL && extra[i] != NULL; i++) {
        g_auto(GStrv) pair = g_strsplit(extra[i], "=", 2);
        env = g_environ_setenv(env, pair[0], pair[1] != NULL ? pair[1] : "", TRUE);
    }
    return env;
}

char **process_clean_env(const char *const *extra) {
    return process_pass_env(NULL, extra);
}

char **process_git_env(void) {
    return passed_entries(true);
}

char **process_withheld(void) {
    g_auto(GStrv) all = g_get_environ();
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; all[i] != NULL; i++) {
        g_autofree char *passed = passed_entry(all[i], false);
        if (g_strcmp0(passed, all[i]) != 0)
            g_ptr_array_add(names, g_strndup(all[i], strcspn(all[i], "=")));
    }
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_steal(names, NULL);
}

/* ---- seen from outside ---- */

/* The kernel shows the bytes that it laid down, whatever is set later: the program goes on with a copy of each. */
void process_hide_env(void) {
    static GPtrArray *copies; /* all that hold them */
    copies = copies != NULL ? copies : g_ptr_array_new();
    for (char **entry = environ; *entry != NULL; entry++) {
        g_autofree char *passed = passed_entry(*entry, false);
        char *sign = strchr(*entry, '=');
        g_autofree char *name = g_strndup(*entry, strcspn(*entry, "="));
        if (g_strcmp0(passed, *entry) == 0 || how_of(name) == MARK)
            continue;
        char *shown = sign != NULL ? sign + 1 : *entry;
        char *copy = g_strdup(*entry);
        explicit_bzero(shown, strlen(shown));
        *entry = copy;
        g_ptr_array_add(copies, copy);
    }
}
