/* What a repository's own configuration would have git run. A folder that was unpacked from an archive brings its .git/config along, so while planning only the
 * user's own word counts (system, global, environment): for each key that names a program and that the repository sets, git gets the user's value again, or
 * one that runs nothing of the repository's. Who trusts a repository says so in the global slipway.trusted, by its folder.
 *
 * Keys by git-config(1); where nothing stands in the third column, the repository's value is taken away as a list is. */
#include "base/error.h"
#include "base/process_guard.h"

#include <stdlib.h>
#include <string.h>

#define LISTED_BYTES (16u << 20)
#define SECONDS 60
#define TRUSTED "slipway.trusted"

typedef struct {
    const char *key;      /* lower case; `*`: any subsection */
    const char *harmless; /* where the user says nothing; NULL: the list begins anew */
    bool quiet;           /* nobody misses it */
} Row;

static const Row rows[] = {
    {"core.fsmonitor", "false", true},
    {"core.sshcommand", "ssh", false},
    {"core.askpass", "", false},
    {"core.gitproxy", "", false},
    {"core.alternaterefscommand", ":", true},
    {"core.hookspath", "/dev/null", true},
    {"credential.helper", NULL, false},
    {"credential.*.helper", NULL, false},
    {"remote.*.uploadpack", "git-upload-pack", false}, /* git takes the first value of these two: whoever speaks to a remote also names it, see git/remote.c */
    {"remote.*.receivepack", "git-receive-pack", false},
    {"remote.*.vcs", "", false},
    {"protocol.ext.allow", "never", false},
    {"protocol.allow", "user", false},
    {"protocol.*.allow", "user", false},
    {"filter.*.clean", "", false},
    {"filter.*.smudge", "", false},
    {"filter.*.process", "", false},
    {"filter.*.required", "false", true},
    {"diff.external", "", true},
    {"diff.*.command", "", true},
    {"diff.*.textconv", "", true},
    {"gpg.ssh.program", "ssh-keygen", false},
    {"gpg.ssh.defaultkeycommand", "", false},
    {"gpg.x509.program", "gpgsm", false},
    {"gpg.*.program", "gpg", false},
    {"gpg.program", "gpg", false},
};

/* For every git, whatever the configuration says. */
static const char *const always[][2] = {{"core.fsmonitor", "false"},
                                        {"core.hooksPath", "/dev/null"},
                                        {"log.showSignature", "false"},
                                        {"protocol.ext.allow", "never"},
                                        {"safe.bareRepository", "explicit"}};

typedef struct {
    GPtrArray *settings; /* key, value, key, value, …: char* */
    char *held;          /* the repository's keys that do not count, divided by blanks; NULL: none */
    bool lazy;           /* a program of the repository's would fetch what is missing of a partial clone */
    bool proxy;          /* core.gitProxy is one of them: of its values git takes the first, so a later one would not do */
} Guard;

typedef struct {
    const char *scope, *key, *value; /* borrowed from what git listed */
} Entry;

/* ---- what is set ---- */

static const char *const listing[] = {"git", "config", "--list", "--show-scope", "-z", NULL};

/* "SCOPE NUL KEY LF VALUE NUL", a key without a value without LF. Takes the text apart where it lies. */
static GArray *take_apart(char *text, gsize length) {
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    for (gsize at = 0; at < length;) {
        Entry entry = {.scope = text + at, .value = ""};
        at += strlen(text + at) + 1;
        char *key = at < length ? text + at : (char *)"";
        at += strlen(key) + 1;
        char *line = strchr(key, '\n');
        if (line != NULL) {
            *line = '\0';
            entry.value = line + 1;
        }
        entry.key = key;
        g_array_append_val(entries, entry);
    }
    return entries;
}

static bool is_users(const Entry *entry) {
    static const char *const scopes[] = {"system", "global", "command", NULL};
    return g_strv_contains(scopes, entry->scope);
}

/* git writes section and name in lower case and leaves the subsection as it is. */
static bool matches(const char *pattern, const char *key) {
    const char *star = strchr(pattern, '*');
    if (star == NULL)
        return g_str_equal(pattern, key);
    gsize head = (gsize)(star - pattern);
    return strlen(key) > head + strlen(star + 1) && strncmp(pattern, key, head) == 0 && g_str_has_suffix(key, star + 1);
}

static const Row *row_of(const char *key) {
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (matches(rows[i].key, key))
            return &rows[i];
    }
    return NULL;
}

/* ---- what counts ---- */

static void put(Guard *guard, const char *key, const char *value) {
    g_ptr_array_add(guard->settings, g_strdup(key));
    g_ptr_array_add(guard->settings, g_strdup(value));
}

static const char *users_value(const GArray *entries, const char *key) {
    const char *value = NULL;
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        value = is_users(entry) && g_str_equal(entry->key, key) ? entry->value : value;
    }
    return value;
}

/* An empty value ends what stands before it. */
static void put_helpers(Guard *guard, const GArray *entries) {
    put(guard, "credential.helper", "");
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        const Row *row = row_of(entry->key);
        if (row != NULL && row->harmless == NULL && is_users(entry))
            put(guard, entry->key, entry->value);
    }
}

static void put_own(Guard *guard, const GArray *entries) {
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) held = g_string_new(NULL);
    bool helpers = false;
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        const Row *row = is_users(entry) ? NULL : row_of(entry->key);
        if (row == NULL || !g_hash_table_add(seen, (char *)entry->key))
            continue;
        const char *users = users_value(entries, entry->key);
        helpers = helpers || row->harmless == NULL;
        guard->lazy = guard->lazy || g_str_has_suffix(entry->key, ".uploadpack");
        guard->proxy = guard->proxy || g_str_equal(entry->key, "core.gitproxy");
        if (row->harmless != NULL)
            put(guard, entry->key, users != NULL ? users : row->harmless);
        if (!row->quiet && g_strcmp0(users, entry->value) != 0)
            g_string_append_printf(held, "%s%s", held->len > 0 ? " " : "", entry->key);
    }
    if (helpers)
        put_helpers(guard, entries);
    guard->held = held->len > 0 ? g_strdup(held->str) : NULL;
}

static bool is_trusted(const GArray *entries, const char *top) {
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = &g_array_index(entries, Entry, i);
        g_autofree char *real = g_str_equal(entry->key, TRUSTED) && is_users(entry) ? realpath(entry->value, NULL) : NULL;
        if (real != NULL && g_str_equal(real, top))
            return true;
    }
    return false;
}

static void put_always(Guard *guard, const GArray *entries) {
    for (guint i = 0; i < G_N_ELEMENTS(always); i++) {
        bool own = g_str_equal(always[i][0], "protocol.ext.allow") && entries != NULL && users_value(entries, always[i][0]) != NULL;
        if (!own)
            put(guard, always[i][0], always[i][1]);
    }
}

/* ---- one look for each repository ---- */

static GMutex lock;
static GHashTable *guards; /* top, and what else decides → Guard* */

static bool no_answer(const ProcessResult *result, GError **error) {
    g_autofree char *how = process_describe_end(result);
    error_set(error, result->cut ? ERROR_TOO_LARGE : ERROR_GIT_KILLED, "which programs this repository's git configuration names was not found out");
    error_why(error, "git config --list %s", result->cut ? "says more than slipway reads" : how);
    error_state(error, "no other git was started here, and nothing was changed");
    if (result->cut)
        error_fix(error, "see why .git/config, or what it includes, is larger than %u MiB", LISTED_BYTES >> 20);
    return false;
}

/* Where git itself cannot read the configuration (*entries NULL), no other git of this repository does anything either. One that did not come to its end, or
 * that was not heard whole, has not said what the repository names: then there is no guard, and no git is started. */
static bool list(const ProcessSpec *spec, char **env, ProcessResult *result, GArray **entries, GError **error) {
    ProcessSpec ask = {.argv = listing,
                       .env = (const char *const *)env,
                       .cwd = spec->cwd,
                       .capture = LISTED_BYTES,
                       .timeout_seconds = SECONDS,
                       .cancel = spec->cancel,
                       .mark = spec->mark,
                       .planned = true};
    *entries = NULL;
    if (!process_run(&ask, result, error))
        return false;
    if (result->signal != 0 || result->timed_out || result->cancelled || result->cut)
        return no_answer(result, error);
    gsize length = 0;
    const char *text = g_bytes_get_data(result->out, &length);
    if (process_ok(result))
        *entries = take_apart((char *)text, length);
    return true;
}

/* NULL: it cannot be known. */
static Guard *look(const ProcessSpec *spec, char **env, const char *top, GError **error) {
    g_auto(ProcessResult) result = {0};
    g_autoptr(GArray) entries = NULL;
    if (!list(spec, env, &result, &entries, error))
        return NULL;
    Guard *guard = g_new0(Guard, 1);
    guard->settings = g_ptr_array_new();
    put_always(guard, entries);
    if (entries != NULL && !is_trusted(entries, top))
        put_own(guard, entries);
    return guard;
}

/* Borrowed: what was seen once is kept for the program's whole life. NULL: it cannot be known now. */
static const Guard *guard_of(const ProcessSpec *spec, char **env, GError **error) {
    g_autofree char *top = process_guard_top(spec->cwd != NULL ? spec->cwd : ".");
    const char *more = g_environ_getenv(env, "GIT_CONFIG_COUNT"), *folder = g_environ_getenv(env, "GIT_DIR");
    g_autofree char *key = g_strjoin("\n", top != NULL ? top : "", more != NULL ? more : "", folder != NULL ? folder : "", NULL);
    g_mutex_lock(&lock);
    if (guards == NULL)
        guards = g_hash_table_new(g_str_hash, g_str_equal);
    const Guard *guard = g_hash_table_lookup(guards, key);
    if (guard == NULL) {
        guard = look(spec, env, top != NULL ? top : "", error);
        if (guard != NULL)
            g_hash_table_insert(guards, g_steal_pointer(&key), (Guard *)guard);
    }
    g_mutex_unlock(&lock);
    return guard;
}

char **process_guard_git(const ProcessSpec *spec, char **env, GError **error) {
    if (spec->argv == listing)
        return env;
    const Guard *guard = guard_of(spec, env, error);
    if (guard == NULL) {
        g_strfreev(env);
        return NULL;
    }
    const char *already = g_environ_getenv(env, "GIT_CONFIG_COUNT");
    guint count = already != NULL ? (guint)g_ascii_strtoull(already, NULL, 10) : 0;
    for (guint i = 0; i + 1 < guard->settings->len; i += 2, count++) {
        g_autofree char *key = g_strdup_printf("GIT_CONFIG_KEY_%u", count), *value = g_strdup_printf("GIT_CONFIG_VALUE_%u", count);
        env = g_environ_setenv(env, key, g_ptr_array_index(guard->settings, i), TRUE);
        env = g_environ_setenv(env, value, g_ptr_array_index(guard->settings, i + 1), TRUE);
    }
    g_autofree char *all = g_strdup_printf("%u", count);
    if (guard->proxy && g_environ_getenv(env, "GIT_PROXY_COMMAND") == NULL)
        env = g_environ_setenv(env, "GIT_PROXY_COMMAND", "", TRUE);
    if (guard->lazy)
        env = g_environ_setenv(env, "GIT_NO_LAZY_FETCH", "1", TRUE);
    return g_environ_setenv(env, "GIT_CONFIG_COUNT", all, TRUE);
}

char *process_held_back(const char *folder) {
    static const char *const words[] = {"git", NULL};
    ProcessSpec spec = {.argv = words, .cwd = folder};
    g_auto(GStrv) env = g_environ_unsetenv(process_git_env(), "GIT_CONFIG_COUNT");
    /* one that cannot be known: git is not started then */
    const Guard *guard = process_is_planning() ? guard_of(&spec, env, NULL) : NULL;
    return guard != NULL ? g_strdup(guard->held) : NULL;
}
