#include "effects/install.h"

#include "base/fault.h"
#include "base/fs.h"
#include "base/text.h"
#include "effects/child.h"

#include <string.h>

#define TIMEOUT 600
#define TAIL_LINES 15

#define INSTALLER(stem) extern const Installer effects_##stem;
#include "effects/installers.def"
#undef INSTALLER

static const Installer *const installers[] = {
#define INSTALLER(stem) &effects_##stem,
#include "effects/installers.def"
#undef INSTALLER
};

const Installer *effects_installer(const char *name) {
    for (guint i = 0; i < G_N_ELEMENTS(installers); i++) {
        if (g_strcmp0(installers[i]->name, name) == 0 || (name != NULL && g_strcmp0(installers[i]->alias, name) == 0))
            return installers[i];
    }
    return NULL;
}

/* ---- the place ---- */

static char *slug_of(const char *id) {
    return g_strdelimit(g_strdup(id), "/", '-');
}

static char *home_of(const EffectRun *run) {
    g_autofree char *slug = slug_of(run->id);
    return g_strdup_printf("%s/install-%s", run->site->work_dir, slug);
}

bool effects_install_undo(EffectRun *run, GError **error) {
    g_autofree char *home = home_of(run);
    return fs_remove_tree(home, error);
}

void effects_install_end(Install *install) {
    if (install->home != NULL)
        fs_remove_tree(install->home, NULL);
    char *texts[] = {install->slug, install->home, install->root, install->artifact, install->package, install->untried, install->note};
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    g_strfreev(install->env);
}

/* ---- the environment: nothing of the user's but what a program cannot do without ---- */

static const char *const passed[] = {"LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "GOROOT", "CC", "CXX"};

/* NAME=value; an "@" at the value's beginning is a path below home. */
static const char *const settings[] = {
    "HOME=@user",
    "TMPDIR=@tmp",
    "XDG_CACHE_HOME=@user/.cache",
    "XDG_CONFIG_HOME=@user/.config",
    "XDG_DATA_HOME=@user/.local/share",
    "PIP_NO_INDEX=1",
    "PIP_CONFIG_FILE=/dev/null",
    "PIP_DISABLE_PIP_VERSION_CHECK=1",
    "PIP_NO_INPUT=1",
    "PYTHONDONTWRITEBYTECODE=1",
    "PYTHONNOUSERSITE=1",
    "npm_config_offline=true",
    "npm_config_audit=false",
    "npm_config_fund=false",
    "npm_config_update_notifier=false",
    "npm_config_cache=@cache/npm",
    "npm_config_userconfig=@user/.npmrc",
    "npm_config_globalconfig=@user/.npmrc-global",
    "CARGO_HOME=@cache/cargo",
    "CARGO_TARGET_DIR=@cache/target",
    "CARGO_NET_OFFLINE=true",
    "CARGO_TERM_COLOR=never",
    "GOPATH=@cache/go",
    "GOMODCACHE=@cache/go/pkg/mod",
    "GOCACHE=@cache/go-build",
    "GOBIN=@root/bin",
    "GOENV=off",
    "GOWORK=off",
    "GOSUMDB=off",
    "GOTOOLCHAIN=local",
    "GOFLAGS=-mod=mod",
    /* A port where nobody listens, for programs that are not kept from the network otherwise. */
    "http_proxy=http://127.0.0.1:9",
    "https_proxy=http://127.0.0.1:9",
    "HTTP_PROXY=http://127.0.0.1:9",
    "HTTPS_PROXY=http://127.0.0.1:9",
    "ALL_PROXY=http://127.0.0.1:9",
};

static void add_setting(GPtrArray *env, const Install *install, const char *setting) {
    const char *value = strchr(setting, '=') + 1;
    if (*value == '@')
        g_ptr_array_add(env, g_strdup_printf("%.*s%s/%s", (int)(value - setting), setting, install->home, value + 1));
    else
        g_ptr_array_add(env, g_strdup(setting));
}

/* Rust's own front end looks for its tool chains in the real HOME. */
static void add_toolchain(GPtrArray *env) {
    g_autofree char *rustup = g_build_filename(g_get_home_dir(), ".rustup", NULL);
    if (g_getenv("RUSTUP_HOME") == NULL && fs_exists(rustup))
        g_ptr_array_add(env, g_strconcat("RUSTUP_HOME=", rustup, NULL));
}

/* Modules that are on this machine already; read as an index by Go, never written to. */
static void add_go_proxy(GPtrArray *env) {
    const char *given = g_getenv("GOMODCACHE");
    g_autofree char *usual = g_build_filename(g_get_home_dir(), "go", "pkg", "mod", NULL);
    g_autofree char *cache = g_build_filename(given != NULL ? given : usual, "cache", "download", NULL);
    g_ptr_array_add(env, fs_exists(cache) ? g_strdup_printf("GOPROXY=file://%s", cache) : g_strdup("GOPROXY=off"));
}

static char **environment(const Install *install) {
    GPtrArray *env = g_ptr_array_new();
    g_auto(GStrv) clean = process_clean_env(NULL);
    for (guint i = 0; i < G_N_ELEMENTS(passed); i++) {
        const char *value = g_environ_getenv(clean, passed[i]);
        if (value != NULL)
            g_ptr_array_add(env, g_strdup_printf("%s=%s", passed[i], value));
    }
    for (guint i = 0; i < G_N_ELEMENTS(settings); i++)
        add_setting(env, install, settings[i]);
    const char *path = g_getenv("PATH");
    const char *bin = install->installer->bin;
    g_autofree char *own = bin != NULL ? g_strdup_printf("%s/%s:", install->root, bin) : g_strdup("");
    g_ptr_array_add(env, g_strdup_printf("PATH=%s%s", own, path != NULL ? path : "/usr/bin:/bin"));
    add_toolchain(env);
    add_go_proxy(env);
    g_ptr_array_add(env, NULL);
    return (char **)g_ptr_array_free(env, FALSE);
}

/* ---- running ---- */

static bool run_child(Install *install, const EffectsChild *what, ProcessResult *result, GError **error) {
    EffectsChild child = *what;
    child.cwd = what->cwd != NULL ? what->cwd : install->home;
    child.extra = (const char *const *)install->env;
    child.bare = true;
    child.timeout_seconds = jsonx_int(install->run->params, "timeout", TIMEOUT);
    return effects_run_child(install->run, &child, result, error);
}

/* Does a program start with such a fence around it? False with error: the run is being stopped. */
static bool grants(Install *install, const EffectsChild *fence, bool *granted, GError **error) {
    static const char *const words[] = {"true", NULL};
    EffectsChild child = *fence;
    child.words = words;
    g_auto(ProcessResult) result = {0};
    g_autoptr(GError) trouble = NULL;
    bool ran = run_child(install, &child, &result, &trouble);
    *granted = ran && process_ok(&result);
    if (ran || !error_is(trouble, ERROR_INTERRUPTED))
        return true;
    g_propagate_error(error, g_steal_pointer(&trouble));
    return false;
}

static bool find_network(Install *install, GError **error) {
    static const struct {
        ProcessNetwork network;
        const char *says;
    } ways[] = {{PROCESS_NETWORK_OWN, "cut"}, {PROCESS_NETWORK_NO_TCP, "TCP is cut"}, {PROCESS_NETWORK_SHARED, "told to stay off"}};
    bool granted = false;
    for (guint i = 0; i < G_N_ELEMENTS(ways) && !granted; i++) {
        install->network = ways[i].network;
        if (!grants(install, &(EffectsChild){.network = ways[i].network}, &granted, error))
            return false;
        json_object_set_new(install->run->result, "network", json_string(ways[i].says));
    }
    return true;
}

/* What this machine does not grant is left out, and told. */
static bool find_fence(Install *install, GError **error) {
    const char *const writable[] = {install->home, NULL};
    if (!find_network(install, error) || !grants(install, &(EffectsChild){.writable = writable}, &install->fenced, error))
        return false;
    const char *says = !install->fenced ? "not fenced off" : process_fences_truncation() ? "fenced off" : "fenced off, but for cutting files short";
    json_object_set_new(install->run->result, "writes", json_string(says));
    return true;
}

static bool fail(const Install *install, const ProcessResult *result, const char *log, const char *log_path, GError **error) {
    g_autofree char *end = process_describe_end(result);
    g_autofree char *tail = effects_output_tail(result, log_path, TAIL_LINES);
    error_set(error, ERROR_PACKAGE, "the %s failed at \"%s\": %s", json_object_get(install->run->params, "previous") != NULL ? "upgrade test" : "install test",
              log, end);
    error_why(error, "%s", *tail != '\0' ? tail : "it said nothing");
    error_fix(error, "read %s, then: slipway abort, correct what it names, commit, release again", log_path);
    return false;
}

/* answer NULL: it must succeed. */
static bool run_words(Install *install, const EffectsChild *what, InstallAnswer *answer, GError **error) {
    g_autofree char *log_name = g_strdup_printf("%s-%s.log", install->slug, what->log);
    g_autofree char *log_path = effects_log_path(install->run, log_name, error);
    g_auto(ProcessResult) result = {0};
    const char *const writable[] = {install->home, NULL};
    EffectsChild child = *what;
    child.log = log_name;
    child.writable = install->fenced ? writable : NULL;
    child.network = install->network;
    if (log_path == NULL || !run_child(install, &child, &result, error))
        return false;
    if (answer == NULL)
        return process_ok(&result) || fail(install, &result, what->log, log_path, error);
    answer->ok = process_ok(&result);
    answer->output = g_strconcat(process_text(result.out), process_text(result.err), NULL);
    return true;
}

bool effects_install_run(Install *install, const char *const *words, const char *cwd, const char *log, GError **error) {
    return run_words(install, &(EffectsChild){.words = words, .cwd = cwd, .log = log}, NULL, error);
}

bool effects_install_try(Install *install, const char *const *words, const char *cwd, const char *log, InstallAnswer *answer, GError **error) {
    return run_words(install, &(EffectsChild){.words = words, .cwd = cwd, .log = log}, answer, error);
}

/* ---- the user's commands ---- */

static char *fill(const Install *install, const char *word) {
    g_autoptr(GString) text = g_string_new(word);
    g_string_replace(text, "{artifact}", install->artifact, 0);
    g_string_replace(text, "{dir}", install->root, 0);
    g_string_replace(text, "{version}", install->version, 0);
    return g_strdup(text->str);
}

/* A program is looked for where the package has put its own first. NULL: there is none. g_free. */
static char *find_program(const Install *install, const char *name) {
    const char *bin = install->installer->bin;
    g_autofree char *own = bin != NULL ? g_build_filename(install->root, bin, name, NULL) : NULL;
    if (strchr(name, '/') == NULL && own != NULL && g_file_test(own, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer(&own);
    return process_find(name, install->home);
}

/* The words of a user's command, NULL-ended. */
static GPtrArray *user_words(const Install *install, const json_t *words, GError **error) {
    g_autoptr(GPtrArray) filled = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));
        g_ptr_array_add(filled, fill(install, word != NULL ? word : ""));
    }
    g_ptr_array_add(filled, NULL);
    char *program = find_program(install, filled->pdata[0]);
    if (program == NULL) {
        error_set(error, ERROR_PACKAGE, "there is no program %s where the package was installed", (char *)filled->pdata[0]);
        error_why(error, "neither below %s/%s nor in PATH", install->root, install->installer->bin != NULL ? install->installer->bin : "");
        return NULL;
    }
    g_free(filled->pdata[0]);
    filled->pdata[0] = program;
    return g_steal_pointer(&filled);
}

static bool names(const json_t *words, const char *placeholder) {
    for (gsize i = 0; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));
        if (word != NULL && strstr(word, placeholder) != NULL)
            return true;
    }
    return false;
}

bool effects_install_uses(const EffectRun *run, const char *placeholder) {
    return names(json_object_get(run->params, "version_run"), placeholder) || names(json_object_get(run->params, "check_run"), placeholder);
}

bool effects_install_version_run(Install *install, bool *ran, GError **error) {
    const json_t *given = json_object_get(install->run->params, "version_run");
    *ran = json_array_size(given) > 0 && !install->earlier;
    if (!*ran)
        return true;
    g_autoptr(GPtrArray) words = user_words(install, given, error);
    InstallAnswer answer = {0};
    if (words == NULL || !effects_install_try(install, (const char *const *)words->pdata, NULL, "version", &answer, error))
        return false;
    g_autofree char *output = answer.output;
    g_autofree char *shown = effects_shown_words(given);
    bool says = effects_install_says(output, install->version) || (install->also != NULL && effects_install_says(output, install->also));
    if (answer.ok && says)
        return true;
    g_autofree char *tail = text_tail(output, strlen(output), TAIL_LINES, "");
    error_set(error, ERROR_PACKAGE, answer.ok ? "\"%s\" does not say %s" : "\"%s\" failed, when it was asked for the version %s", shown, install->version);
    error_why(error, "it said: %s", *tail != '\0' ? tail : "nothing");
    return false;
}

bool effects_install_check(Install *install, GError **error) {
    const json_t *given = json_object_get(install->run->params, "check_run");
    if (json_array_size(given) == 0)
        return true;
    g_autoptr(GPtrArray) words = user_words(install, given, error);
    return words != NULL && run_words(install, &(EffectsChild){.words = (const char *const *)words->pdata, .log = "check"}, NULL, error);
}

/* ---- beginning ---- */

static bool make_folders(const Install *install, GError **error) {
    static const char *const names[] = {"user", "tmp", "cache"};
    if (!fs_remove_tree(install->home, error))
        return false;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(install->home, names[i], NULL);
        if (!fs_make_dirs(path, 0700, error))
            return false;
    }
    return true;
}

bool effects_install_begin(EffectRun *run, Install *install, GError **error) {
    const char *ecosystem = jsonx_string(run->params, "ecosystem");
    *install = (Install){.run = run, .installer = effects_installer(ecosystem != NULL ? ecosystem : "python")};
    if (install->installer == NULL)
        return error_set(error, ERROR_PLAN_BROKEN, "the effect %s is of an ecosystem that is not known", run->id);
    if (effects_text(run, "version", error) == NULL)
        return false;
    install->slug = slug_of(run->id);
    install->home = home_of(run);
    install->root = g_build_filename(install->home, "root", NULL);
    install->env = environment(install);
    if (!make_folders(install, error))
        return false;
    fault_point("install-folders", run->id);
    if (!find_fence(install, error))
        return false;
    return install->installer->prepare != NULL ? install->installer->prepare(install, error) : fs_make_dirs(install->root, 0755, error);
}

bool effects_install_put(Install *install, const char *path, const json_t *wish, GError **error) {
    g_free(install->artifact);
    g_clear_pointer(&install->untried, g_free);
    g_clear_pointer(&install->note, g_free);
    install->artifact = g_strdup(path);
    install->version = jsonx_string(wish, "version");
    install->also = jsonx_string(wish, "also");
    return install->installer->put(install, error);
}
