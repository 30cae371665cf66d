/* A tarball of npm's, into an empty project. */
#include "base/fault.h"
#include "base/fs.h"
#include "effects/install.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_MANIFEST (4u << 20)

/* Arguments: the package, file for the answer, the folders of which something may be imported: the test's, then those of dependencies that stand in. Node looks
 * into every folder above, the user's tree among them; what is only found there is not what a stranger has. What dependencies import is theirs to judge. */
static const char import_script[] =
    "import Module from 'node:module';\n"
    "import { realpathSync, writeFileSync } from 'node:fs';\n"
    "import { isAbsolute, sep } from 'node:path';\n"
    "const [name, answer, ...folders] = process.argv.slice(1);\n"
    "const places = folders.map((folder) => realpathSync(folder) + sep);\n"
    "const source = `(wanted, path, from) => {\n"
    "  if (!path || places.some((place) => path.startsWith(place)) || (from && !from.startsWith(places[0]))) return;\n"
    "  throw Object.assign(new Error('Cannot find ' + wanted + ' where the package was installed; it is only at ' + path), { code });\n"
    "}`;\n"
    "const judge = new Function('places', 'code', 'return ' + source)(places, 'MODULE_NOT_FOUND');\n"
    "const usual = Module._resolveFilename;\n"
    "Module._resolveFilename = function (wanted, parent, ...rest) {\n"
    "  const path = usual.call(this, wanted, parent, ...rest);\n"
    "  judge(wanted, isAbsolute(path) ? path : '', parent?.filename);\n"
    "  return path;\n"
    "};\n"
    "const hook = `import { fileURLToPath } from 'node:url';\n"
    "const places = ${JSON.stringify(places)}, code = 'ERR_MODULE_NOT_FOUND', judge = ${source};\n"
    "const path = (url) => (url?.startsWith('file:') ? fileURLToPath(url) : '');\n"
    "export async function resolve(wanted, context, next) {\n"
    "  const found = await next(wanted, context);\n"
    "  judge(wanted, path(found.url), path(context.parentURL));\n"
    "  return found;\n"
    "}`;\n"
    "Module.register?.('data:text/javascript,' + encodeURIComponent(hook));\n"
    "try {\n"
    "  await import(name);\n"
    "} catch (error) {\n"
    "  const places = String(error?.stack).split('\\n').filter((line) => /^ +at /.test(line));\n"
    "  console.error(error?.message ?? error, '\\n' + places.slice(0, 3).join('\\n'));\n"
    "  process.exit(1);\n"
    "}\n"
    "writeFileSync(answer, JSON.stringify({ node: process.versions.node }));\n"
    "process.exit(0);\n";

typedef struct {
    Install *install;
    char *top;        /* where it lies unpacked */
    json_t *manifest; /* its package.json */
    const char *name, *version;
    char *place;  /* node_modules/NAME */
    bool by_hand; /* the user's node_modules stands in for what npm would fetch */
} Npm;

static void npm_clear(Npm *npm) {
    g_free(npm->top);
    g_free(npm->place);
    json_decref(npm->manifest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Npm, npm_clear)

static json_t *read_json(const char *root, const char *path, GError **error) {
    g_autoptr(GBytes) bytes = fs_read_beneath(root, path, MAX_MANIFEST, error);
    return bytes != NULL ? jsonx_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), MAX_MANIFEST, path, error) : NULL;
}

/* A name of npm's, "tool" or "@acme/tool", that can be a path below node_modules. */
static bool is_name(const char *name) {
    static GRegex *pattern;
    if (g_once_init_enter(&pattern)) {
        GRegex *made = g_regex_new("^(@[A-Za-z0-9~_-][A-Za-z0-9._~-]*/)?[A-Za-z0-9~_-][A-Za-z0-9._~-]*$", G_REGEX_DOLLAR_ENDONLY, 0, NULL);
        g_once_init_leave(&pattern, made);
    }
    return name != NULL && g_regex_match(pattern, name, 0, NULL);
}

static bool unpack(Install *install, Npm *npm, GError **error) {
    npm->install = install;
    npm->top = effects_install_unpack(install, "unpacked", error);
    npm->manifest = npm->top != NULL ? read_json(npm->top, "package.json", error) : NULL;
    if (npm->manifest == NULL)
        return false;
    npm->name = jsonx_string(npm->manifest, "name");
    npm->version = jsonx_string(npm->manifest, "version");
    if (!is_name(npm->name))
        return error_set(error, ERROR_PACKAGE, "package.json of the tarball has no name that npm takes");
    npm->place = g_build_filename("node_modules", npm->name, NULL);
    g_free(install->package);
    install->package = g_strdup(npm->name);
    return effects_install_judge(install, "package.json of the tarball has the version", npm->version, error);
}

/* ---- what it depends on ---- */

static bool is_bundled(const Npm *npm, const char *name) {
    g_autofree char *path = g_build_filename("node_modules", name, "package.json", NULL);
    return fs_kind_beneath(npm->top, path) == FS_FILE;
}

static bool is_optional(const Npm *npm, const char *name) {
    return jsonx_bool(json_object_get(json_object_get(npm->manifest, "peerDependenciesMeta"), name), "optional", false);
}

/* Of const char*: what must come from somewhere. */
static GPtrArray *needed(const Npm *npm) {
    static const char *const keys[] = {"dependencies", "peerDependencies"};
    GPtrArray *names = g_ptr_array_new();
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *name;
        json_t *range;
        json_object_foreach(json_object_get(npm->manifest, keys[i]), name, range) {
            if (is_name(name) && !is_bundled(npm, name) && !is_optional(npm, name))
                g_ptr_array_add(names, (char *)name);
        }
    }
    return names;
}

/* The names that the user's own node_modules lacks. */
static char *missing(const Npm *npm, const GPtrArray *names) {
    g_autoptr(GString) list = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(npm->install->run->site->tree, "node_modules", names->pdata[i], "package.json", NULL);
        if (!fs_exists(path))
            g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", (char *)names->pdata[i]);
    }
    return list->len > 0 ? g_strdup(list->str) : NULL;
}

/* ---- installing ---- */

static bool prepare(Install *install, GError **error) {
    g_autofree char *path = g_build_filename(install->root, "package.json", NULL);
    static const char text[] = "{\"name\": \"trial\", \"version\": \"0.0.0\", \"private\": true}\n";
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    return fs_make_dirs(install->root, 0755, error) && fs_write(path, bytes, 0644, error);
}

/* links: a folder of tarballs that go with it, or NULL. Its scripts are run: they are part of what a stranger gets. */
static bool by_npm(const Npm *npm, const char *links, GError **error) {
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const char *const first[] = {"npm", "install", "--offline", "--no-audit", "--no-fund", "--foreground-scripts", npm->install->artifact};
    for (guint i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(words, g_strdup(first[i]));
    g_autoptr(GPtrArray) names = links != NULL ? fs_list(links, error) : g_ptr_array_new();
    if (names == NULL)
        return false;
    for (guint i = 0; i < names->len; i++) {
        if (g_str_has_suffix(names->pdata[i], ".tgz"))
            g_ptr_array_add(words, g_build_filename(links, names->pdata[i], NULL));
    }
    g_ptr_array_add(words, NULL);
    return effects_install_run(npm->install, (const char *const *)words->pdata, npm->install->root, "npm", error);
}

static bool is_there(const Npm *npm, const char *path) {
    g_autofree char *whole = g_build_filename(npm->place, path, NULL);
    return fs_kind_beneath(npm->install->root, whole) == FS_FILE;
}

/* As npm does it: in .bin, and executable whatever the tarball says. */
static bool link_program(const Npm *npm, const char *name, const char *path, GError **error) {
    const char *base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
    g_autofree char *folder = g_build_filename(npm->install->root, "node_modules", ".bin", NULL);
    g_autofree char *link = g_build_filename(folder, base, NULL);
    if (path == NULL || *base == '\0' || *base == '.' || !is_there(npm, path))
        return true;
    g_autofree char *target = g_build_filename(npm->install->root, npm->place, path, NULL);
    if (!fs_make_dirs(folder, 0755, error) || !fs_remove_tree(link, error))
        return false;
    return (chmod(target, 0755) == 0 && symlink(target, link) == 0) || error_errno(error, ERROR_IO, errno, "cannot link %s", link);
}

static bool link_programs(const Npm *npm, GError **error) {
    json_t *bin = json_object_get(npm->manifest, "bin");
    if (json_is_string(bin))
        return link_program(npm, npm->name, json_string_value(bin), error);
    const char *name;
    json_t *path;
    json_object_foreach(bin, name, path) {
        if (!link_program(npm, name, json_string_value(path), error))
            return false;
    }
    return true;
}

/* Node looks into node_modules of every folder above: the user's own stands in for what npm would have fetched. */
static bool by_hand(const Npm *npm, GError **error) {
    g_autofree char *theirs = g_build_filename(npm->install->run->site->tree, "node_modules", NULL);
    g_autofree char *shown = g_build_filename(npm->install->home, "node_modules", NULL);
    g_autofree char *place = g_build_filename(npm->install->root, npm->place, NULL);
    g_autofree char *above = g_path_get_dirname(place);
    if (!fs_exists(shown) && symlink(theirs, shown) != 0)
        return error_errno(error, ERROR_IO, errno, "cannot link %s", shown);
    return fs_remove_tree(place, error) && fs_make_dirs(above, 0755, error) && fs_rename(npm->top, place, error) && link_programs(npm, error);
}

static bool install_it(Npm *npm, GError **error) {
    g_autofree char *links = effects_install_links(npm->install);
    g_autoptr(GPtrArray) names = needed(npm);
    if (names->len == 0 || links != NULL)
        return by_npm(npm, links, error);
    g_autofree char *lacking = missing(npm, names);
    npm->by_hand = lacking == NULL;
    if (npm->by_hand)
        return by_hand(npm, error);
    npm->install->untried = g_strdup_printf("it needs %s, not here", lacking);
    return true;
}

/* ---- trying ---- */

static bool has_entry(const Npm *npm) {
    static const char *const keys[] = {"main", "exports", "module"};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const json_t *entry = json_object_get(npm->manifest, keys[i]);
        if (entry != NULL && !json_is_null(entry))
            return true;
    }
    return is_there(npm, "index.js");
}

static GPtrArray *import_words(const Npm *npm, const char *answer) {
    const char *const first[] = {"node", "--input-type=module", "-e", import_script, npm->name, answer, npm->install->home};
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < G_N_ELEMENTS(first); i++)
        g_ptr_array_add(words, g_strdup(first[i]));
    g_autoptr(GPtrArray) names = npm->by_hand ? needed(npm) : g_ptr_array_new();
    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(words, g_build_filename(npm->install->run->site->tree, "node_modules", names->pdata[i], NULL));
    g_ptr_array_add(words, NULL);
    return words;
}

static bool import(const Npm *npm, GError **error) {
    g_autofree char *answer = g_build_filename(npm->install->home, "answer.json", NULL);
    g_autoptr(GPtrArray) words = import_words(npm, answer);
    if (!fs_remove_tree(answer, error) || !effects_install_run(npm->install, (const char *const *)words->pdata, npm->install->root, "import", error))
        return false;
    if (!fs_exists(answer))
        return error_set(error, ERROR_PACKAGE, "%s ended the process while it was imported", npm->name);
    g_autoptr(json_t) said = read_json(npm->install->home, "answer.json", error);
    if (said == NULL)
        return false;
    json_object_set(npm->install->run->result, "node", json_object_get(said, "node"));
    npm->install->note = g_strdup_printf("%s %s installs and imports under Node %s", npm->name, npm->version, jsonx_string(said, "node"));
    return true;
}

static bool check_program(const Npm *npm, const char *name, const char *path, GError **error) {
    while (path != NULL && g_str_has_prefix(path, "./"))
        path += 2;
    if (path == NULL || !is_there(npm, path))
        return error_set(error, ERROR_PACKAGE, "the program %s of %s is not in the tarball: %s", name, npm->name, path != NULL ? path : "it has no path");
    return true;
}

/* *count: how many programs it has; all of them must be there. */
static bool check_programs(const Npm *npm, guint *count, GError **error) {
    json_t *bin = json_object_get(npm->manifest, "bin");
    *count = json_is_string(bin) ? 1 : (guint)json_object_size(bin);
    if (json_is_string(bin))
        return check_program(npm, npm->name, json_string_value(bin), error);
    const char *name;
    json_t *path;
    json_object_foreach(bin, name, path) {
        if (!check_program(npm, name, json_string_value(path), error))
            return false;
    }
    return true;
}

static bool try_it(const Npm *npm, GError **error) {
    Install *install = npm->install;
    g_autofree char *path = g_build_filename(npm->place, "package.json", NULL);
    g_autoptr(json_t) installed = read_json(install->root, path, error);
    guint programs = 0;
    bool ran = false;
    if (installed == NULL || !effects_install_judge(install, "the installed package has the version", jsonx_string(installed, "version"), error))
        return false;
    bool entry = has_entry(npm);
    if (!check_programs(npm, &programs, error) || (entry && !import(npm, error)) || !effects_install_version_run(install, &ran, error))
        return false;
    if (!entry && ran)
        install->note = g_strdup_printf("%s %s installs and runs", npm->name, npm->version);
    if (!entry && !ran)
        install->untried = g_strdup(programs > 0 ? "it has only programs, and version-run names none to run" : "there is nothing in it to import or run");
    return true;
}

static bool put(Install *install, GError **error) {
    g_auto(Npm) npm = {0};
    if (!unpack(install, &npm, error) || !install_it(&npm, error))
        return false;
    fault_point("install-test-installed", install->run->id);
    json_object_set_new(install->run->result, "version", jsonx_text(npm.version));
    return install->untried != NULL || try_it(&npm, error);
}

/* Other packages are not judged; a program is left behind when it points nowhere. */
static bool is_others(const Npm *npm, const char *path) {
    g_autofree char *own = g_strconcat(npm->place, "/", NULL);
    g_autofree char *whole = g_build_filename(npm->install->root, path, NULL);
    return g_str_has_prefix(path, "node_modules/.bin/") ? g_file_test(whole, G_FILE_TEST_EXISTS) : !g_str_has_prefix(path, own);
}

static bool owned(Install *install, GHashTable *paths, GError **error) {
    g_auto(Npm) npm = {0};
    g_autoptr(GHashTable) there = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!unpack(install, &npm, error) || !effects_install_list(install->root, "", there, error))
        return false;
    GHashTableIter iter;
    gpointer path;
    g_hash_table_iter_init(&iter, there);
    while (g_hash_table_iter_next(&iter, &path, NULL)) {
        if (is_others(&npm, path))
            g_hash_table_add(paths, g_strdup(path));
    }
    return effects_install_list(npm.top, npm.place, paths, error);
}

static bool takes(const char *file) {
    return g_str_has_suffix(file, ".tgz");
}

const Installer effects_install_npm = {
    .name = "npm",
    .doc = "into an empty project and import it",
    .program = "npm",
    .bin = "node_modules/.bin",
    .takes = takes,
    .prepare = prepare,
    .put = put,
    .owned = owned,
};
