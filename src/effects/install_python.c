/* A wheel, into a fresh virtual environment. */
#include "base/fault.h"
#include "base/fs.h"
#include "effects/install.h"
#include "package/package.h"

#include <string.h>

/* -I: nothing of the user's own reaches it; -B, since -I turns PYTHONDONTWRITEBYTECODE off too: nothing is written beside what is imported. */
#define MAX_ANSWER (1u << 22)
#define DEPENDENCIES "slipway-dependencies.pth"

/* Arguments: distribution, file for the answer, modules. What a module prints while it is imported does not reach the answer; one that lies elsewhere is not
 * what was installed. */
static const char import_script[] =
    "import importlib, importlib.metadata, json, os, platform, sys\n"
    "found, elsewhere = {}, {}\n"
    "prefix = os.path.realpath(sys.prefix) + os.sep\n"
    "for name in sys.argv[3:]:\n"
    "    module = importlib.import_module(name)\n"
    "    version = getattr(module, '__version__', None)\n"
    "    found[name] = version if isinstance(version, str) else None\n"
    "    places = [getattr(module, '__file__', None) or ''] + list(getattr(module, '__path__', []))\n"
    "    if not any(os.path.realpath(place).startswith(prefix) for place in places):\n"
    "        elsewhere[name] = places[0]\n"
    "answer = {'metadata': importlib.metadata.version(sys.argv[1]), 'python': platform.python_version(), 'modules': found, 'elsewhere': elsewhere}\n"
    "with open(sys.argv[2], 'w', encoding='utf-8') as file:\n"
    "    json.dump(answer, file)\n";

/* Arguments: site-packages, file for the answer. */
static const char owned_script[] = "import importlib.metadata, json, os, sys\n"
                                   "prefix = os.path.realpath(sys.prefix)\n"
                                   "found = importlib.metadata.distributions(path=[sys.argv[1]])\n"
                                   "files = [file for one in found for file in one.files or []]\n"
                                   "paths = [os.path.relpath(os.path.realpath(str(file.locate())), prefix) for file in files]\n"
                                   "with open(sys.argv[2], 'w', encoding='utf-8') as file:\n"
                                   "    json.dump({'files': paths}, file)\n";

/* Argument: file for the answer. Where an environment keeps what is installed in it. */
static const char site_script[] = "import json, site, sys\n"
                                  "with open(sys.argv[1], 'w', encoding='utf-8') as file:\n"
                                  "    json.dump({'version': 'python%d.%d' % sys.version_info[:2], 'folders': site.getsitepackages()}, file)\n";

static void add_words(GPtrArray *words, const char *const *more) {
    for (guint i = 0; more[i] != NULL; i++)
        g_ptr_array_add(words, (char *)more[i]);
}

static char *python_of(const Install *install) {
    return g_build_filename(install->root, "bin", "python", NULL);
}

static const char *host_of(const Install *install) {
    const char *given = jsonx_string(install->run->params, "python");
    return given != NULL ? given : "/usr/bin/python3";
}

/* A script's answer. */
static json_t *ask(Install *install, const char *const *words, const char *log, GError **error) {
    g_autofree char *answer = g_build_filename(install->home, "answer.json", NULL);
    g_autoptr(GPtrArray) filled = g_ptr_array_new();
    for (guint i = 0; words[i] != NULL; i++)
        g_ptr_array_add(filled, g_str_equal(words[i], "{answer}") ? answer : (char *)words[i]);
    g_ptr_array_add(filled, NULL);
    if (!effects_install_run(install, (const char *const *)filled->pdata, NULL, log, error))
        return NULL;
    g_autoptr(GBytes) bytes = fs_read(answer, MAX_ANSWER, error);
    return bytes != NULL ? jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), MAX_ANSWER, answer, error) : NULL;
}

/* ---- the environment ---- */

static bool make_venv(Install *install, bool pip, GError **error) {
    const char *const words[] = {host_of(install), "-IB", "-m", "venv", "--clear", install->root, pip ? NULL : "--without-pip", NULL};
    return effects_install_run(install, words, NULL, "venv", error);
}

/* A pip that can install into another environment saves making one a copy of its own (about two seconds). */
static bool prepare(Install *install, GError **error) {
    if (!make_venv(install, false, error))
        return false;
    fault_point("install-test-venv", install->run->id);
    g_autofree char *python = python_of(install);
    const char *const words[] = {host_of(install), "-IB", "-m", "pip", "--python", python, "--version", NULL};
    InstallAnswer answer = {0};
    if (!effects_install_try(install, words, NULL, "pip-version", &answer, error))
        return false;
    g_free(answer.output);
    return answer.ok || make_venv(install, true, error);
}

/* The words up to pip's own command. python: borrowed by the list. */
static GPtrArray *pip_words(const Install *install, const char *python) {
    const char *const from_host[] = {host_of(install), "-IB", "-m", "pip", "--python", python, NULL};
    const char *const from_venv[] = {python, "-IB", "-m", "pip", NULL};
    g_autofree char *own = g_build_filename(install->root, "bin", "pip", NULL);
    GPtrArray *words = g_ptr_array_new();
    add_words(words, fs_exists(own) ? from_venv : from_host);
    return words;
}

static bool install_wheel(Install *install, GError **error) {
    g_autofree char *python = python_of(install);
    g_autofree char *links = effects_install_links(install);
    g_autoptr(GPtrArray) words = pip_words(install, python);
    const char *const alone[] = {"install", "--upgrade", "--no-index", "--no-deps", install->artifact, NULL};
    const char *const with_links[] = {"install", "--upgrade", "--no-index", "--find-links", links, install->artifact, NULL};
    add_words(words, links != NULL ? with_links : alone);
    g_ptr_array_add(words, NULL);
    bool done = effects_install_run(install, (const char *const *)words->pdata, NULL, "pip", error);
    fault_point("install-test-installed", install->run->id);
    return done;
}

/* root/lib/pythonX.Y/site-packages. g_free. */
static char *site_of(const Install *install) {
    g_autofree char *library = g_build_filename(install->root, "lib", NULL);
    g_autoptr(GPtrArray) names = fs_list(library, NULL);
    const char *name = names != NULL && names->len > 0 ? names->pdata[0] : "python3";
    return g_build_filename(library, name, "site-packages", NULL);
}

/* ---- what it depends on ---- */

/* Lets the new environment see what the project's own has, if both are of one Python. Folders that a .pth names come last, and their own .pth are not read: an
 * editable install of the project itself is not seen through it. */
static bool show_site(Install *install, GError **error) {
    g_autofree char *from = jsonx_get_path(json_object_get(install->run->params, "dependencies"));
    if (from == NULL)
        return true;
    const char *const words[] = {from, "-IB", "-c", site_script, "{answer}", NULL};
    g_autoptr(json_t) answer = ask(install, words, "dependencies", error);
    if (answer == NULL)
        return false;
    g_autofree char *site = site_of(install);
    g_autofree char *library = g_path_get_dirname(site);
    g_autofree char *version = g_path_get_basename(library);
    if (g_strcmp0(version, jsonx_string(answer, "version")) != 0)
        return true;
    g_autoptr(GString) text = g_string_new(NULL);
    const json_t *folders = json_object_get(answer, "folders");
    for (gsize i = 0; i < json_array_size(folders); i++) {
        const char *folder = json_string_value(json_array_get(folders, i));
        if (folder != NULL && g_path_is_absolute(folder) && strchr(folder, '\n') == NULL)
            g_string_append_printf(text, "%s\n", folder);
    }
    g_autofree char *path = g_build_filename(site, DEPENDENCIES, NULL);
    g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
    return fs_write(path, bytes, 0644, error);
}

/* pip check says "demo 1.1.0 requires x, which is not installed." and "demo 1.1.0 has requirement x>=2, but you have x 1.0."; of other packages too. */
static char *missing_of(const Install *install, const char *output) {
    g_autoptr(GString) missing = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    g_autofree char *package = package_normalise(install->package);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(lines[i], " ", 4);
        g_autofree char *name = g_strv_length(words) == 4 ? package_normalise(words[0]) : NULL;
        if (g_strcmp0(name, package) != 0)
            continue;
        char *needs = g_str_has_prefix(words[3], "requirement ") ? words[3] + strlen("requirement ") : words[3];
        needs[strcspn(needs, ",")] = '\0';
        g_string_append_printf(missing, "%s%s", missing->len > 0 ? ", " : "", needs);
    }
    return missing->len > 0 ? g_strdup(missing->str) : NULL;
}

/* What is not here is not fetched: the test then ends with the installation, and says so. */
static bool find_dependencies(Install *install, const Package *package, GError **error) {
    if (package->requires->len == 0)
        return true;
    if (!show_site(install, error))
        return false;
    g_autofree char *python = python_of(install);
    g_autoptr(GPtrArray) words = pip_words(install, python);
    const char *const check[] = {"check", NULL};
    add_words(words, check);
    g_ptr_array_add(words, NULL);
    InstallAnswer answer = {0};
    if (!effects_install_try(install, (const char *const *)words->pdata, NULL, "pip-check", &answer, error))
        return false;
    g_autofree char *output = answer.output;
    g_autofree char *missing = answer.ok ? NULL : missing_of(install, output);
    if (missing == NULL)
        json_object_set(install->run->result, "dependencies", json_object_get(install->run->params, "dependencies"));
    else
        install->untried = g_strdup_printf("it needs %s, not here", missing);
    return true;
}

/* ---- the import ---- */

static bool is_test_code(const char *name) {
    static const char *const names[] = {"tests", "test", "testing", "conftest", "setup", "docs", "examples", NULL};
    return g_strv_contains(names, name);
}

static GPtrArray *modules_of(const Install *install, const Package *package) {
    const char *module = install->earlier ? NULL : jsonx_string(install->run->params, "module");
    GPtrArray *modules = g_ptr_array_new_with_free_func(g_free);
    if (module != NULL)
        g_ptr_array_add(modules, g_strdup(module));
    for (guint i = 0; module == NULL && i < package->top_level->len; i++) {
        const char *name = package->top_level->pdata[i];
        if (!is_test_code(name))
            g_ptr_array_add(modules, g_strdup(name));
    }
    return modules;
}

static json_t *import(Install *install, const GPtrArray *modules, GError **error) {
    g_autofree char *python = python_of(install);
    const char *const first[] = {python, "-IB", "-c", import_script, install->package, "{answer}", NULL};
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    add_words(words, first);
    for (guint i = 0; i < modules->len; i++)
        g_ptr_array_add(words, modules->pdata[i]);
    g_ptr_array_add(words, NULL);
    return ask(install, (const char *const *)words->pdata, "import", error);
}

/* Whose `__version__` counts: the named module's, the only one's, or the one's that is called as the package. */
static bool counts(const Install *install, const GPtrArray *modules, const char *name) {
    g_autofree char *module = package_normalise(name);
    g_autofree char *package = package_normalise(install->package);
    return modules->len == 1 || strcmp(module, package) == 0;
}

static bool judge(Install *install, const GPtrArray *modules, const json_t *answer, GError **error) {
    const char *metadata = jsonx_string(answer, "metadata");
    const json_t *found = json_object_get(answer, "modules");
    if (!effects_install_judge(install, "the installed package has the version", metadata, error))
        return false;
    for (guint i = 0; i < modules->len; i++) {
        const char *name = modules->pdata[i];
        const char *place = jsonx_string(json_object_get(answer, "elsewhere"), name);
        if (place != NULL)
            return error_set(error, ERROR_PACKAGE, "%s is not in the package: it was imported from %s", name, *place != '\0' ? place : "the interpreter");
        g_autofree char *what = g_strconcat(name, ".__version__ is", NULL);
        const char *is = jsonx_string(found, name);
        if (is != NULL && counts(install, modules, name) && !effects_install_judge(install, what, is, error))
            return false;
    }
    json_object_set_new(install->run->result, "module", modules->len > 0 ? jsonx_text(modules->pdata[0]) : json_null());
    json_object_set(install->run->result, "python", json_object_get(answer, "python"));
    g_autofree char *from = jsonx_get_path(json_object_get(install->run->result, "dependencies"));
    install->note = g_strdup_printf("%s %s installs and imports under Python %s%s%s", install->package, metadata, jsonx_string(answer, "python"),
                                    from != NULL ? ", with what it needs from " : "", from != NULL ? from : "");
    return true;
}

/* ---- the whole ---- */

static Package *read_wheel(Install *install, GError **error) {
    g_autoptr(Package) package = package_read(install->artifact, error);
    if (package == NULL)
        return NULL;
    g_autofree char *name = g_path_get_basename(install->artifact);
    if (package->problems->len > 0 || package->name == NULL) {
        error_set(error, ERROR_PACKAGE, "%s is not a whole wheel", name);
        error_why(error, "%s", package->problems->len > 0 ? (char *)package->problems->pdata[0] : "it has no name");
        return NULL;
    }
    g_free(install->package);
    install->package = g_strdup(package->name);
    return g_steal_pointer(&package);
}

static bool put(Install *install, GError **error) {
    g_autoptr(Package) package = read_wheel(install, error);
    if (package == NULL || !install_wheel(install, error) || !find_dependencies(install, package, error))
        return false;
    json_object_set_new(install->run->result, "version", jsonx_text(package->version));
    if (install->untried != NULL)
        return effects_install_judge(install, "the wheel has the version", package->version, error);
    g_autoptr(GPtrArray) modules = modules_of(install, package);
    g_autoptr(json_t) answer = import(install, modules, error);
    bool ran = false;
    return answer != NULL && judge(install, modules, answer, error) && effects_install_version_run(install, &ran, error);
}

static bool owned(Install *install, GHashTable *paths, GError **error) {
    g_autofree char *python = python_of(install);
    g_autofree char *site = site_of(install);
    const char *const words[] = {python, "-IB", "-c", owned_script, site, "{answer}", NULL};
    g_autoptr(json_t) answer = ask(install, words, "files", error);
    const json_t *files = json_object_get(answer, "files");
    for (gsize i = 0; i < json_array_size(files); i++) {
        if (json_is_string(json_array_get(files, i)))
            g_hash_table_add(paths, g_strdup(json_string_value(json_array_get(files, i))));
    }
    g_hash_table_add(paths, g_strdup_printf("%s/" DEPENDENCIES, site + strlen(install->root) + 1));
    return answer != NULL;
}

static bool takes(const char *file) {
    return strcmp(package_kind(file), "wheel") == 0;
}

const Installer effects_install_python = {
    .name = "python",
    .doc = "into a fresh virtual environment and import it",
    .bin = "bin",
    .takes = takes,
    .prepare = prepare,
    .put = put,
    .owned = owned,
};
