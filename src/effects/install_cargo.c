/* A crate, built with a CARGO_HOME and a target folder of its own. */
#include "base/fault.h"
#include "base/fs.h"
#include "effects/install.h"

#include <string.h>

#define MAX_METADATA (16u << 20)

typedef struct {
    char *top;        /* where it lies unpacked */
    json_t *metadata; /* cargo's own */
    json_t *package;  /* borrowed from it */
    const char *name, *version;
} Crate;

static void crate_clear(Crate *crate) {
    g_free(crate->top);
    json_decref(crate->metadata);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Crate, crate_clear)

/* cargo metadata prints one line of JSON; warnings come behind it. */
static json_t *ask(Install *install, const char *top, GError **error) {
    static const char *const words[] = {"cargo", "metadata", "--offline", "--no-deps", "--format-version", "1", NULL};
    InstallAnswer answer = {0};
    if (!effects_install_try(install, words, top, "cargo-metadata", &answer, error))
        return NULL;
    g_autofree char *output = answer.output;
    if (answer.ok)
        return jsonx_parse(output, strcspn(output, "\n"), MAX_METADATA, "cargo metadata", error);
    error_set(error, ERROR_PACKAGE, "cargo cannot read the crate");
    error_why(error, "%.2000s", output);
    return NULL;
}

/* "[dev-dependencies.criterion]" and "[target.'cfg(unix)'.dev-dependencies.x]": as cargo package writes manifests, a table each. */
static bool begins_table(const char *line, bool *dev) {
    if (*line != '[')
        return false;
    *dev = g_str_has_prefix(line, "[dev-dependencies") || (g_str_has_prefix(line, "[target.") && strstr(line, ".dev-dependencies") != NULL);
    return true;
}

/* Who uses a crate never sees what its own tests need; cargo would want that for the crate that it stands in. The folder of the run lies below the project's
 * tree: without an end here cargo would take the crate for a member of the workspace above. */
static bool stand_alone(const char *top, GError **error) {
    g_autofree char *path = g_build_filename(top, "Cargo.toml", NULL);
    g_autoptr(GBytes) bytes = fs_read(path, MAX_METADATA, error);
    if (bytes == NULL)
        return false;
    g_autofree char *whole = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
    GString *alone = g_string_new(NULL);
    bool dev = false;
    for (guint i = 0; lines[i] != NULL; i++) {
        begins_table(lines[i], &dev);
        if (!dev)
            g_string_append_printf(alone, "%s\n", lines[i]);
    }
    g_string_append(alone, "\n[workspace]\n");
    g_autoptr(GBytes) changed = g_string_free_to_bytes(alone);
    return fs_write(path, changed, 0644, error);
}

static bool unpack(Install *install, Crate *crate, GError **error) {
    crate->top = effects_install_unpack(install, "source", error);
    bool ready = crate->top != NULL && stand_alone(crate->top, error);
    crate->metadata = ready ? ask(install, crate->top, error) : NULL;
    if (crate->metadata == NULL)
        return false;
    crate->package = json_array_get(json_object_get(crate->metadata, "packages"), 0);
    crate->name = jsonx_string(crate->package, "name");
    crate->version = jsonx_string(crate->package, "version");
    if (crate->name == NULL)
        return error_set(error, ERROR_PACKAGE, "the crate has no name");
    return effects_install_judge(install, "Cargo.toml of the crate has the version", crate->version, error);
}

/* ---- what it depends on ---- */

static bool is_needed(const json_t *dependency) {
    const char *kind = jsonx_string(dependency, "kind");
    return !jsonx_bool(dependency, "optional", false) && g_strcmp0(kind, "dev") != 0;
}

static char *needed(const Crate *crate) {
    g_autoptr(GString) list = g_string_new(NULL);
    const json_t *all = json_object_get(crate->package, "dependencies");
    for (gsize i = 0; i < json_array_size(all); i++) {
        const json_t *one = json_array_get(all, i);
        const char *name = jsonx_string(one, "name");
        if (is_needed(one) && name != NULL)
            g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "", name);
    }
    return list->len > 0 ? g_strdup(list->str) : NULL;
}

/* What `cargo vendor` made: the folder that find-links names, or vendor/ of the user's tree. NULL: neither. */
static char *vendored(const Install *install) {
    char *links = effects_install_links(install);
    if (links != NULL)
        return links;
    g_autofree char *vendor = g_build_filename(install->run->site->tree, "vendor", NULL);
    return g_file_test(vendor, G_FILE_TEST_IS_DIR) ? g_steal_pointer(&vendor) : NULL;
}

static bool use_vendored(const Install *install, const char *folder, GError **error) {
    g_autofree char *home = g_build_filename(install->home, "cache", "cargo", NULL);
    g_autofree char *path = g_build_filename(home, "config.toml", NULL);
    if (strpbrk(folder, "'\n") != NULL)
        return error_set(error, ERROR_UNTRUSTED_PATH, "%s cannot be named in cargo's configuration", folder);
    g_autofree char *text = g_strdup_printf("[source.crates-io]\nreplace-with = 'vendored'\n[source.vendored]\ndirectory = '%s'\n", folder);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return fs_make_dirs(home, 0755, error) && fs_write(path, bytes, 0644, error);
}

static bool find_dependencies(Install *install, const Crate *crate, GError **error) {
    g_autofree char *names = needed(crate);
    g_autofree char *folder = names != NULL ? vendored(install) : NULL;
    if (folder != NULL)
        return use_vendored(install, folder, error);
    if (names != NULL)
        install->untried = g_strdup_printf("it needs %s, not here; cargo vendor, or find-links, would give it", names);
    return true;
}

/* ---- building ---- */

static bool has_programs(const Crate *crate) {
    const json_t *targets = json_object_get(crate->package, "targets");
    for (gsize i = 0; i < json_array_size(targets); i++) {
        const json_t *kinds = json_object_get(json_array_get(targets, i), "kind");
        if (g_strcmp0(json_string_value(json_array_get(kinds, 0)), "bin") == 0)
            return true;
    }
    return false;
}

static bool write_text(const char *folder, const char *name, const char *text, GError **error) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
    return fs_make_dirs(parent, 0755, error) && fs_write(path, bytes, 0644, error);
}

/* A library is tried as it is used: by a crate that depends on it. g_free; NULL with error. */
static char *make_user(const Install *install, const Crate *crate, GError **error) {
    g_autofree char *folder = g_build_filename(install->home, "dependent", NULL);
    if (strpbrk(crate->top, "'\n") != NULL || strpbrk(crate->name, "'\"\n") != NULL) {
        error_set(error, ERROR_UNTRUSTED_PATH, "%s cannot be named in a manifest", crate->top);
        return NULL;
    }
    g_autofree char *manifest = g_strdup_printf("[package]\nname = 'slipway-tries-it'\nversion = '0.0.0'\nedition = '2018'\n\n[lib]\npath = 'lib.rs'\n\n"
                                                "[dependencies]\n'%s' = { path = '%s' }\n\n[workspace]\n",
                                                crate->name, crate->top);
    bool written = write_text(folder, "Cargo.toml", manifest, error) && write_text(folder, "lib.rs", "", error);
    return written ? g_steal_pointer(&folder) : NULL;
}

/* The line in which cargo says that a package is not at hand, without its indent. g_free; NULL: it says something else. */
static char *missing(const char *output) {
    static const char words[] = "no matching package named";
    const char *found = strstr(output, words);
    return found != NULL ? g_strndup(found, strcspn(found, "\n")) : NULL;
}

/* Without optimisation: it is the package that is tried, not the compiler. */
static bool build(Install *install, const Crate *crate, bool programs, GError **error) {
    g_autofree char *user = programs ? g_strdup(crate->top) : make_user(install, crate, error);
    if (user == NULL)
        return false;
    const char *const with[] = {"cargo", "install", "--offline", "--debug", "--force", "--path", crate->top, "--root", install->root, NULL};
    const char *const without[] = {"cargo", "check", "--offline", NULL};
    InstallAnswer answer = {0};
    if (!effects_install_try(install, programs ? with : without, user, programs ? "cargo-install" : "cargo-check", &answer, error))
        return false;
    g_autofree char *output = answer.output;
    if (answer.ok)
        return true;
    g_autofree char *lack = missing(output);
    if (lack != NULL) {
        install->untried = g_strdup_printf("%s, and the network is cut; cargo vendor, or find-links, would give it", lack);
        return true;
    }
    error_set(error, ERROR_PACKAGE, "the crate %s does not build", crate->name);
    error_why(error, "%.4000s", strlen(output) > 4000 ? output + strlen(output) - 4000 : output);
    error_fix(error, "read its log in %s/logs, then: slipway abort, correct what it names, commit, release again", install->run->site->work_dir);
    return false;
}

static bool put(Install *install, GError **error) {
    g_auto(Crate) crate = {0};
    if (!unpack(install, &crate, error) || !find_dependencies(install, &crate, error))
        return false;
    json_object_set_new(install->run->result, "version", jsonx_text(crate.version));
    bool programs = has_programs(&crate);
    if (install->untried != NULL)
        return true;
    if (!build(install, &crate, programs, error))
        return false;
    if (install->untried != NULL)
        return true;
    fault_point("install-test-installed", install->run->id);
    bool ran = false;
    if (!effects_install_version_run(install, &ran, error))
        return false;
    const char *what = ran ? "installs and says so" : programs ? "installs; no version-run is set, so that no program was asked" : "compiles";
    install->note = g_strdup_printf("%s %s %s", crate.name, crate.version, what);
    return true;
}

static bool takes(const char *file) {
    return g_str_has_suffix(file, ".crate");
}

const Installer effects_install_cargo = {
    .name = "cargo",
    .doc = "by building it with fresh caches",
    .program = "cargo",
    .bin = "bin",
    .takes = takes,
    .put = put,
};
