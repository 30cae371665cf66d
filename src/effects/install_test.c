#include "base/digest.h"
#include "base/fault.h"
#include "base/fs.h"
#include "base/text.h"
#include "effects/child.h"
#include "effects/release.h"
#include "package/package.h"

#include <string.h>

#define TIMEOUT 600
#define TAIL_LINES 15
#define MAX_WHEEL (G_GUINT64_CONSTANT(1) << 30)
#define MAX_ANSWER (1u << 16)

/* Arguments: distribution, file for the answer, modules. What a module prints while it is imported does not reach the answer. */
static const char script[] = "import importlib, importlib.metadata, json, platform, sys\n"
                             "found = {}\n"
                             "for name in sys.argv[3:]:\n"
                             "    version = getattr(importlib.import_module(name), '__version__', None)\n"
                             "    found[name] = version if isinstance(version, str) else None\n"
                             "answer = {'metadata': importlib.metadata.version(sys.argv[1]), 'python': platform.python_version(), 'modules': found}\n"
                             "with open(sys.argv[2], 'w', encoding='utf-8') as file:\n"
                             "    json.dump(answer, file)\n";

/* One test: a fresh virtual environment below the run's folder, removed afterwards. */
typedef struct {
    EffectRun *run;
    char *slug; /* the effect's id as the name of a file */
    char *home; /* everything of this test */
    char *venv;
    char *python; /* of the virtual environment */
    char *wheel;  /* path of what is installed */
    Package *package;
} Test;

static void test_clear(Test *test) {
    if (test->home != NULL)
        fs_remove_tree(test->home, NULL);
    g_free(test->slug);
    g_free(test->home);
    g_free(test->venv);
    g_free(test->python);
    g_free(test->wheel);
    package_free(test->package);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Test, test_clear)

static char *slug_of(const char *id) {
    return g_strdelimit(g_strdup(id), "/", '-');
}

static char *home_of(EffectRun *run) {
    g_autofree char *slug = slug_of(run->id);
    return g_strdup_printf("%s/venv-%s", run->site->work_dir, slug);
}

/* ---- what is installed ---- */

/* The wheel among the files. */
static bool find_wheel(EffectRun *run, EffectsFile *wheel, GError **error) {
    const json_t *files = json_object_get(run->params, "files");
    for (gsize i = 0; i < json_array_size(files); i++) {
        if (!effects_file(files, i, wheel, error))
            return false;
        if (strcmp(package_kind(wheel->name), "wheel") == 0)
            return true;
    }
    error_set(error, ERROR_PACKAGE, "there is no wheel to install");
    return false;
}

/* As a stranger has it: from where it was published. */
static bool fetch(Test *test, const EffectsFile *file, GError **error) {
    const char *tag = effects_tag(test->run, error);
    g_autoptr(Forge) forge = tag != NULL ? effects_forge(test->run, error) : NULL;
    g_autoptr(GBytes) bytes = forge != NULL ? forge->kind->read_asset(forge, tag, file->name, MAX_WHEEL, error) : NULL;
    if (bytes == NULL)
        return false;
    g_autofree char *digest = digest_bytes(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    if (strcmp(digest, file->sha256) != 0) {
        error_set(error, ERROR_NOT_VERIFIED, "%s on the forge is not what was uploaded", file->name);
        error_why(error, "its SHA-256 is %s, planned is %s", digest, file->sha256);
        return false;
    }
    return fs_write(test->wheel, bytes, 0644, error);
}

static bool get_wheel(Test *test, GError **error) {
    EffectsFile file = {0};
    if (!find_wheel(test->run, &file, error))
        return false;
    bool from_forge = json_object_get(test->run->params, "forge") != NULL;
    g_autofree char *folder = from_forge ? g_strdup(test->home) : effects_path(test->run, "folder", error);
    if (folder == NULL)
        return false;
    test->wheel = g_build_filename(folder, file.name, NULL);
    if (from_forge && !fetch(test, &file, error))
        return false;
    test->package = effects_file_is_there(folder, &file) ? package_read(test->wheel, error) : NULL;
    if (test->package == NULL) {
        if (error == NULL || *error == NULL)
            error_set(error, ERROR_NOT_VERIFIED, "%s is not what was built", test->wheel);
        return false;
    }
    if (test->package->problems->len > 0 || test->package->name == NULL) {
        error_set(error, ERROR_PACKAGE, "%s is not a whole wheel", file.name);
        error_why(error, "%s", test->package->problems->len > 0 ? (char *)test->package->problems->pdata[0] : "it has no name");
        return false;
    }
    return true;
}

/* ---- running ---- */

typedef enum { MAY_FAIL, MUST_DO } Must;

/* Ends the list of words. log: what the log is called behind the effect's id. */
static bool run_words(Test *test, GPtrArray *words, const char *log, Must must, GError **error) {
    static const char *const extra[] = {"PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PYTHONDONTWRITEBYTECODE=1", "PYTHONNOUSERSITE=1", NULL};
    g_ptr_array_add(words, NULL);
    g_autofree char *log_name = g_strdup_printf("%s-%s.log", test->slug, log);
    g_autofree char *log_path = effects_log_path(test->run, log_name, error);
    if (log_path == NULL)
        return false;
    EffectsChild child = {
        .words = (const char *const *)words->pdata,
        .cwd = test->home,
        .extra = extra,
        .log = log_name,
        .timeout_seconds = jsonx_int(test->run->params, "timeout", TIMEOUT),
    };
    g_auto(ProcessResult) result = {0};
    if (!effects_run_child(test->run, &child, &result, error))
        return false;
    if (process_ok(&result) || must == MAY_FAIL)
        return process_ok(&result);
    g_autofree char *end = process_describe_end(&result);
    g_autofree char *tail = effects_output_tail(&result, log_path, TAIL_LINES);
    error_set(error, ERROR_PACKAGE, "the install test failed at \"%s\": %s", log, end);
    error_why(error, "%s", *tail != '\0' ? tail : "it said nothing");
    error_fix(error, "read %s, then: slipway abort, correct what it names, commit, release again", log_path);
    return false;
}

static void add_words(GPtrArray *words, const char *const *more) {
    for (guint i = 0; more[i] != NULL; i++)
        g_ptr_array_add(words, g_strdup(more[i]));
}

static GPtrArray *words_of(const char *const *first) {
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    add_words(words, first);
    return words;
}

/* A pip that can install into another environment saves making one a copy of its own (about two seconds). */
static bool host_pip_serves(Test *test, const char *host, GError **error) {
    const char *const first[] = {host, "-I", "-m", "pip", "--python", test->python, "--version", NULL};
    g_autoptr(GPtrArray) words = words_of(first);
    return run_words(test, words, "pip-version", MAY_FAIL, error);
}

static bool make_venv(Test *test, const char *host, bool pip, GError **error) {
    const char *const first[] = {host, "-I", "-m", "venv", "--clear", test->venv, pip ? NULL : "--without-pip", NULL};
    g_autoptr(GPtrArray) words = words_of(first);
    return run_words(test, words, "venv", MUST_DO, error);
}

static bool install(Test *test, const char *host, bool by_host, GError **error) {
    const char *const from_host[] = {host, "-I", "-m", "pip", "--python", test->python, "install", NULL};
    const char *const from_venv[] = {test->python, "-I", "-m", "pip", "install", NULL};
    const char *const alone[] = {test->wheel, "--no-index", "--no-deps", NULL};
    const char *const with_others[] = {test->wheel, NULL};
    g_autoptr(GPtrArray) words = words_of(by_host ? from_host : from_venv);
    add_words(words, test->package->requires->len == 0 ? alone : with_others);
    return run_words(test, words, "pip", MUST_DO, error);
}

static bool set_up(Test *test, GError **error) {
    const char *given = jsonx_string(test->run->params, "python");
    const char *host = given != NULL ? given : "/usr/bin/python3";
    g_autoptr(GError) trouble = NULL;
    if (!make_venv(test, host, false, error))
        return false;
    fault_point("install-test-venv", test->run->id);
    bool by_host = host_pip_serves(test, host, &trouble);
    if (trouble != NULL) {
        g_propagate_error(error, g_steal_pointer(&trouble));
        return false;
    }
    if (!by_host && !make_venv(test, host, true, error))
        return false;
    bool done = install(test, host, by_host, error);
    fault_point("install-test-installed", test->run->id);
    return done;
}

/* ---- the import ---- */

static bool is_test_code(const char *name) {
    static const char *const names[] = {"tests", "test", "testing", "conftest", "setup", "docs", "examples", NULL};
    return g_strv_contains(names, name);
}

static GPtrArray *modules_of(const Test *test) {
    const char *module = jsonx_string(test->run->params, "module");
    const char *const named[] = {module, NULL};
    GPtrArray *modules = words_of(named);
    for (guint i = 0; module == NULL && i < test->package->top_level->len; i++) {
        const char *name = test->package->top_level->pdata[i];
        if (!is_test_code(name))
            g_ptr_array_add(modules, g_strdup(name));
    }
    return modules;
}

static json_t *ask(Test *test, const GPtrArray *modules, GError **error) {
    g_autofree char *answer = g_build_filename(test->home, "answer.json", NULL);
    const char *const first[] = {test->python, "-I", "-c", script, test->package->name, answer, NULL};
    g_autoptr(GPtrArray) words = words_of(first);
    for (guint i = 0; i < modules->len; i++)
        g_ptr_array_add(words, g_strdup(modules->pdata[i]));
    if (!run_words(test, words, "import", MUST_DO, error))
        return NULL;
    g_autoptr(GBytes) bytes = fs_read(answer, MAX_ANSWER, error);
    return bytes != NULL ? jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), MAX_ANSWER, answer, error) : NULL;
}

/* A version may be spelt as the project does it ("also"): 1.1.0-rc.1 for 1.1.0rc1. */
static bool is_version(EffectRun *run, const char *text) {
    return g_strcmp0(text, jsonx_string(run->params, "version")) == 0 || (text != NULL && g_strcmp0(text, jsonx_string(run->params, "also")) == 0);
}

/* Whose `__version__` counts: the named module's, the only one's, or the one's that is called as the package. */
static bool counts(const Test *test, const GPtrArray *modules, const char *name) {
    g_autofree char *module = package_normalise(name);
    g_autofree char *package = package_normalise(test->package->name);
    return modules->len == 1 || strcmp(module, package) == 0;
}

static bool judge(Test *test, const GPtrArray *modules, const json_t *answer, GError **error) {
    const char *metadata = jsonx_string(answer, "metadata");
    const char *version = effects_text(test->run, "version", error);
    const json_t *found = json_object_get(answer, "modules");
    if (version == NULL)
        return false;
    if (!is_version(test->run, metadata))
        return error_set(error, ERROR_PACKAGE, "the installed package has the version %s; this release is %s", metadata, version);
    for (guint i = 0; i < modules->len; i++) {
        const char *name = modules->pdata[i];
        const char *is = jsonx_string(found, name);
        if (is != NULL && counts(test, modules, name) && !is_version(test->run, is))
            return error_set(error, ERROR_PACKAGE, "%s.__version__ is \"%s\"; this release is %s", name, is, version);
    }
    const char *shown = modules->len > 0 ? modules->pdata[0] : NULL;
    json_object_set_new(test->run->result, "module", shown != NULL ? jsonx_text(shown) : json_null());
    json_object_set_new(test->run->result, "version", jsonx_text(metadata));
    json_object_set(test->run->result, "python", json_object_get(answer, "python"));
    effect_note(test->run, "%s %s installs and imports under Python %s", test->package->name, metadata, jsonx_string(answer, "python"));
    return true;
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Test) test = {.run = run, .slug = slug_of(run->id), .home = home_of(run)};
    test.venv = g_build_filename(test.home, "venv", NULL);
    test.python = g_build_filename(test.venv, "bin", "python", NULL);
    if (!fs_remove_tree(test.home, error) || !fs_make_dirs(test.home, 0700, error))
        return false;
    if (!get_wheel(&test, error) || !set_up(&test, error))
        return false;
    g_autoptr(GPtrArray) modules = modules_of(&test);
    g_autoptr(json_t) answer = ask(&test, modules, error);
    return answer != NULL && judge(&test, modules, answer, error);
}

/* A killed test leaves its folder. */
static bool undo(EffectRun *run, GError **error) {
    g_autofree char *home = home_of(run);
    return fs_remove_tree(home, error);
}

static char *describe(const json_t *params) {
    g_autofree char *module = effects_shown_member(params, "module");
    g_autofree char *version = effects_shown_member(params, "version");
    g_autofree char *forge = effects_shown_forge(params);
    const char *what = jsonx_string(params, "module") != NULL ? module : "what it holds";
    const char *from = json_object_get(params, "forge") != NULL ? forge : "the artifacts";
    return g_strdup_printf("install the wheel from %s into a fresh virtual environment, import %s, version %s", from, what, version);
}

const EffectKind effect_kind_install_test = {
    .name = "install-test",
    .doc = "installs the wheel into a fresh virtual environment, imports it and asks for its version",
    .describe = describe,
    .apply = apply,
    .undo = undo,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
