/* What is installed: which of the files, and what it must say. */
#include "base/allowed.h"
#include "base/fs.h"
#include "effects/install.h"
#include "effects/release.h"
#include "package/names.h"
#include "package/package.h"
#include "package/unpack.h"

#include <string.h>

/* ---- choosing ---- */

static bool begins_with(const char *file, const char *package, const char *version) {
    if (version == NULL)
        return false;
    g_autofree char *stem = g_strdup_printf("%s-%s", *package == '@' ? package + 1 : package, version);
    g_strdelimit(stem, "/", '-');
    g_autofree char *wanted = package_normalise(stem);
    g_autofree char *is = package_normalise(file);
    return g_str_has_prefix(is, wanted) && !g_ascii_isdigit(is[strlen(wanted)]);
}

/* By the name that packers give a file: PACKAGE-VERSION…, whatever the separators. */
static bool is_of(const char *file, const json_t *wish) {
    const char *package = jsonx_string(wish, "package");
    return package == NULL || begins_with(file, package, jsonx_string(wish, "version")) || begins_with(file, package, jsonx_string(wish, "also"));
}

/* Of several, the one for every machine. */
static const char *only_one(const GPtrArray *names) {
    const char *found = names->len == 1 ? names->pdata[0] : NULL;
    guint universal = 0;
    for (guint i = 0; names->len > 1 && i < names->len; i++) {
        if (strstr(names->pdata[i], "-none-any.") != NULL && universal++ == 0)
            found = names->pdata[i];
    }
    return universal > 1 ? NULL : found;
}

/* Of const char*, borrowed. by_name: those that are called as the package. */
static GPtrArray *candidates(const Installer *installer, const json_t *wish, const json_t *files, bool by_name) {
    const char *glob = jsonx_string(wish, "artifact");
    GPtrArray *names = g_ptr_array_new();
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        if (!effects_file(files, i, &file, NULL) || strcmp(file.name, EFFECTS_SUMS) == 0)
            continue;
        bool taken = glob != NULL ? package_name_matches(glob, file.name) : installer->takes(file.name) && (!by_name || is_of(file.name, wish));
        if (taken)
            g_ptr_array_add(names, (char *)file.name);
    }
    return names;
}

const char *effects_install_choose(const Installer *installer, const json_t *wish, const json_t *files, GError **error) {
    g_autoptr(GPtrArray) named = candidates(installer, wish, files, true);
    g_autoptr(GPtrArray) all = candidates(installer, wish, files, false);
    const GPtrArray *names = named->len > 0 ? named : all;
    const char *glob = jsonx_string(wish, "artifact");
    const char *found = only_one(names);
    if (found != NULL)
        return found;
    if (names->len == 0)
        error_set(error, ERROR_PACKAGE, "there is no %s to install", glob != NULL ? glob : installer->name);
    else
        error_set(error, ERROR_PACKAGE, "%u artifacts could be installed: %s, %s, …", names->len, (char *)names->pdata[0], (char *)names->pdata[1]);
    error_fix(error, "name one as install-artifact of the package in slipway.yaml");
    return NULL;
}

/* ---- what it says ---- */

static bool is_part(const char *c) {
    return g_ascii_isalnum(*c) || *c == '+' || *c == '_' || ((*c == '.' || *c == '-') && g_ascii_isalnum(c[1]));
}

/* "v1.1.0" and "1.1.0." say 1.1.0; "1.1.0.1", "11.1.0" and "1.1.0-rc.1" do not. */
bool effects_install_says(const char *text, const char *version) {
    for (const char *at = strstr(text, version); at != NULL; at = strstr(at + 1, version)) {
        const char *before = at > text && at[-1] == 'v' ? at - 1 : at;
        bool begins = before == text || !(g_ascii_isalnum(before[-1]) || strchr("._+", before[-1]) != NULL);
        if (begins && !is_part(at + strlen(version)))
            return true;
    }
    return false;
}

bool effects_install_judge(const Install *install, const char *what, const char *is, GError **error) {
    if (g_strcmp0(is, install->version) == 0 || (is != NULL && g_strcmp0(is, install->also) == 0))
        return true;
    return error_set(error, ERROR_PACKAGE, "%s %s; this release is %s", what, is != NULL ? is : "nothing", install->version);
}

/* What there was less of than the plan says. g_free. */
static char *gaps(const Install *install) {
    const char *network = install->network == PROCESS_NETWORK_SHARED   ? "; the network was not cut"
                          : install->network == PROCESS_NETWORK_NO_TCP ? "; of the network only TCP was cut"
                                                                       : "";
    const char *writes = !install->fenced ? "; writes were not fenced off" : process_fences_truncation() ? "" : "; cutting files short was not fenced off";
    return g_strconcat(network, writes, NULL);
}

void effects_install_report(const Install *install) {
    json_t *result = install->run->result;
    g_autofree char *name = g_path_get_basename(install->artifact);
    g_autofree char *lacks = gaps(install);
    json_object_set_new(result, "artifact", jsonx_text(name));
    json_object_set_new(result, "tried", json_boolean(install->untried == NULL));
    if (install->untried == NULL) {
        effect_note(install->run, "%s%s", install->note, lacks);
        return;
    }
    json_object_set_new(result, "untried", jsonx_text(install->untried));
    effect_note(install->run, EFFECT_NOT_TRIED "%s%s", install->untried, lacks);
}

/* ---- where it lies ---- */

static bool find_file(const json_t *files, const char *name, EffectsFile *file) {
    for (gsize i = 0; i < json_array_size(files); i++) {
        if (effects_file(files, i, file, NULL) && strcmp(file->name, name) == 0)
            return true;
    }
    return false;
}

/* As a stranger has it: from where it was published. g_free. */
static char *fetch(EffectRun *run, const Install *install, const EffectsFile *file, GError **error) {
    const char *tag = effects_tag(run, error);
    g_autoptr(Forge) forge = tag != NULL ? effects_forge(run, error) : NULL;
    return forge != NULL ? effects_fetch_asset(forge, tag, file, install->home, error) : NULL;
}

char *effects_install_find(Install *install, GError **error) {
    EffectRun *run = install->run;
    const json_t *files = json_object_get(run->params, "files");
    const char *name = effects_install_choose(install->installer, run->params, files, error);
    EffectsFile file;
    if (name == NULL)
        return NULL;
    if (!find_file(files, name, &file)) {
        error_set(error, ERROR_PLAN_BROKEN, "the effect %s has no files", run->id);
        return NULL;
    }
    if (json_object_get(run->params, "folder") == NULL)
        return fetch(run, install, &file, error);
    g_autofree char *folder = effects_path(run, "folder", error);
    if (folder == NULL)
        return NULL;
    if (effects_file_is_there(folder, &file))
        return g_build_filename(folder, file.name, NULL);
    error_set(error, ERROR_NOT_VERIFIED, "%s/%s is not what was built", folder, file.name);
    return NULL;
}

char *effects_install_unpack(Install *install, const char *name, GError **error) {
    g_autofree char *folder = g_build_filename(install->home, name, NULL);
    if (!fs_remove_tree(folder, error) || !fs_make_dirs(folder, 0755, error) || !package_unpack(install->artifact, folder, error))
        return NULL;
    g_autoptr(GPtrArray) names = fs_list(folder, error);
    if (names == NULL)
        return NULL;
    g_autofree char *only = names->len == 1 ? g_build_filename(folder, names->pdata[0], NULL) : NULL;
    return g_file_test(only != NULL ? only : folder, G_FILE_TEST_IS_DIR) && only != NULL ? g_steal_pointer(&only) : g_steal_pointer(&folder);
}

char *effects_install_links(const Install *install) {
    g_autofree char *said = jsonx_get_path(json_object_get(install->run->params, "find_links"));
    g_autofree char *path = said != NULL ? allowed_expand(said) : NULL;
    if (path == NULL || g_path_is_absolute(path))
        return g_steal_pointer(&path);
    return g_build_filename(install->run->site->tree, path, NULL);
}

bool effects_install_list(const char *folder, const char *prefix, GHashTable *paths, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(folder, error);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        g_autofree char *shown = *prefix != '\0' ? g_build_filename(prefix, names->pdata[i], NULL) : g_strdup(names->pdata[i]);
        bool inner = g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK);
        if (inner && !effects_install_list(path, shown, paths, error))
            return false;
        if (!inner)
            g_hash_table_add(paths, g_steal_pointer(&shown));
    }
    return names != NULL;
}
