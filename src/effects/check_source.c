/* An archive of sources against the commit's own tree, file by file. Parameters:
 *   folder, files   of one package; those that are archives of sources are looked at
 *   source          path of a work tree of the repository; commit
 *   directory       the package's folder ("": the top)
 *   generated       globs of paths that its build makes, beyond those that its kind always makes
 * What is in the archive and not in the commit was packed by mistake (a virtual environment, a secret, a file that is not committed) or smuggled in. */
#include "base/glob.h"
#include "base/text.h"
#include "effects/artifact.h"
#include "git/git.h"
#include "package/compare.h"
#include "package/package.h"

#include <string.h>

#define NAMES_SHOWN 20

typedef struct {
    EffectRun *run;
    GHashTable *tree; /* path → id */
    char *format;
    char **generated;
    GString *problems;
    guint same, archives;
} Checking;

static void checking_clear(Checking *checking) {
    g_clear_pointer(&checking->tree, g_hash_table_unref);
    g_free(checking->format);
    g_clear_pointer(&checking->generated, g_strfreev);
    g_string_free(checking->problems, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Checking, checking_clear)

static bool is_source(const char *name) {
    static const char *const kinds[] = {"sdist", "crate", "archive", NULL};
    return g_strv_contains(kinds, package_kind(name));
}

/* ---- the commit ---- */

static GHashTable *tree_of(const GPtrArray *entries) {
    GHashTable *tree = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < entries->len; i++) {
        const GitTreeEntry *entry = g_ptr_array_index(entries, i);
        g_hash_table_insert(tree, g_strdup(entry->path), g_strdup(entry->id));
    }
    return tree;
}

static bool begin(EffectRun *run, Checking *checking, GError **error) {
    g_autofree char *source = effects_path(run, "source", error);
    const char *commit = source != NULL ? effects_text(run, "commit", error) : NULL;
    g_autoptr(Git) git = commit != NULL ? git_open(source, error) : NULL;
    g_autoptr(GPtrArray) entries = git != NULL ? git_tree_list(git, commit, error) : NULL;
    checking->run = run;
    checking->problems = g_string_new(NULL);
    checking->generated = jsonx_to_strv(json_object_get(run->params, "generated"));
    if (entries == NULL)
        return false;
    checking->format = git_read(git, error, "rev-parse", "--show-object-format", NULL);
    checking->tree = tree_of(entries);
    return checking->format != NULL;
}

/* ---- the archive ---- */

static bool is_generated(const Checking *checking, const char *path) {
    for (guint i = 0; checking->generated[i] != NULL; i++) {
        if (glob_match(checking->generated[i], path))
            return true;
    }
    return false;
}

static void say(Checking *checking, const char *file, const GPtrArray *paths, const char *what) {
    guint count = 0;
    for (guint i = 0; i < paths->len; i++) {
        if (is_generated(checking, paths->pdata[i]))
            continue;
        if (++count <= NAMES_SHOWN)
            g_string_append_printf(checking->problems, "%s: %.300s %s\n", file, (char *)paths->pdata[i], what);
    }
    if (count > NAMES_SHOWN)
        g_string_append_printf(checking->problems, "%s: and %u more that %s\n", file, count - NAMES_SHOWN, what);
}

static bool check_file(Checking *checking, const char *folder, const char *name, GError **error) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    PackageCompare spec = {.path = path, .tree = checking->tree, .object_format = checking->format, .under = jsonx_string(checking->run->params, "directory")};
    g_autoptr(PackageComparison) comparison = package_compare_tree(&spec, error);
    if (comparison == NULL)
        return false;
    checking->archives++;
    checking->same += comparison->same;
    say(checking, name, comparison->extra, "is in no commit");
    say(checking, name, comparison->differs, "is not as it is in the commit");
    return true;
}

static bool judge(const Checking *checking, GError **error) {
    if (checking->problems->len == 0) {
        effect_note(checking->run, "%u file%s as in the commit", checking->same, checking->same == 1 ? "" : "s");
        return true;
    }
    g_autofree char *shown = g_strchomp(text_escape(checking->problems->str, -1, true));
    error_set(error, ERROR_PACKAGE, "the archive of sources is not what is in the commit");
    error_why(error, "%s", shown);
    error_fix(error,
              "slipway abort, then leave it out of the archive, add it to git, or name it as packages.NAME.generated in slipway.yaml, commit, release again");
    return false;
}

static bool apply(EffectRun *run, GError **error) {
    g_auto(Checking) checking = {0};
    g_autofree char *folder = effects_path(run, "folder", error);
    if (!begin(run, &checking, error) || folder == NULL)
        return false;
    const json_t *files = json_object_get(run->params, "files");
    if (!effects_files_are_there(folder, files, error))
        return false;
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        if (!effects_file(files, i, &file, error) || (is_source(file.name) && !check_file(&checking, folder, file.name, error)))
            return false;
    }
    return judge(&checking, error);
}

static char *describe(const json_t *params) {
    g_autofree char *files = effects_shown_member(params, "files");
    g_autofree char *commit = effects_shown_member(params, "commit");
    return g_strdup_printf("compare what of %s is sources with %s, file by file", files, commit);
}

const EffectKind effect_kind_check_source = {
    .name = "check-source",
    .doc = "compares an archive of sources with the commit, file by file",
    .describe = describe,
    .shown = "files files.name commit",
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
