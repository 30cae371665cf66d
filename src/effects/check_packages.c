#include "base/text.h"
#include "effects/artifact.h"
#include "package/package.h"

#include <string.h>

/* Parameters: folder, files: all of them; packages: [{label, name, version, also, kinds, files}], what each is to be. */
typedef struct {
    EffectRun *run;
    const json_t *wanted; /* the package that is looked at */
    GString *problems;    /* a line each */
    GString *warnings, *unchecked;
    GPtrArray *read; /* of Package*, one for each file; not looked at where it is a plain file */
    json_t *packages;
    GHashTable *counts; /* kind → how many */
} Checking;

static void add_lines(GString *out, const char *file, const GPtrArray *lines) {
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(out, "%s: %s\n", file, (const char *)lines->pdata[i]);
}

/* What the plan wants, against what the package says of itself. */
static void check_identity(Checking *checking, const char *file, const Package *package) {
    const char *name = jsonx_string(checking->wanted, "name");
    const char *version = jsonx_string(checking->wanted, "version");
    if (package->name == NULL || package->version == NULL)
        return;
    g_autofree char *wanted = name != NULL ? package_normalise(name) : NULL;
    g_autofree char *is = package_normalise(package->name);
    if (wanted != NULL && strcmp(wanted, is) != 0)
        g_string_append_printf(checking->problems, "%s: it is the package %s; this release is of %s\n", file, package->name, name);
    const char *also = jsonx_string(checking->wanted, "also");
    if (version != NULL && strcmp(version, package->version) != 0 && g_strcmp0(also, package->version) != 0)
        g_string_append_printf(checking->problems, "%s: it has the version %s; this release is %s\n", file, package->version, version);
}

static void add_member(json_t *object, const char *key, const char *text) {
    json_object_set_new(object, key, text != NULL ? jsonx_text(text) : json_null());
}

static void add_unchecked(GString *out, const char *file, const GPtrArray *unchecked) {
    for (guint i = 0; i < unchecked->len; i++) {
        const PackageUnchecked *one = unchecked->pdata[i];
        g_string_append_printf(out, "%s: not checked: %s: %s\n", file, one->what, one->why);
    }
}

static void take_package(Checking *checking, const char *file, Package *package) {
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(checking->counts, package->kind));
    g_hash_table_insert(checking->counts, g_strdup(package->kind), GUINT_TO_POINTER(count + 1));
    add_lines(checking->problems, file, package->problems);
    add_lines(checking->warnings, file, package->warnings);
    add_unchecked(checking->unchecked, file, package->unchecked);
    if (strcmp(package->kind, "file") == 0)
        return;
    check_identity(checking, file, package);
    json_t *entry = json_object();
    add_member(entry, "file", file);
    add_member(entry, "kind", package->kind);
    add_member(entry, "name", package->name);
    add_member(entry, "version", package->version);
    json_array_append_new(checking->packages, entry);
}

static bool read_file(Checking *checking, const char *folder, const EffectsFile *file, GError **error) {
    g_autofree char *path = g_build_filename(folder, file->name, NULL);
    /* Named by the project: where keys for tests are in order. */
    g_auto(GStrv) allow = jsonx_to_strv(json_object_get(checking->run->params, "allow-secrets"));
    Package *package = package_read_with(path, &(PackageRules){(const char *const *)allow}, error);
    if (package != NULL)
        g_ptr_array_add(checking->read, package);
    return package != NULL;
}

/* Builds for several platforms make several wheels; such a plan does not name the kind. */
static void check_kinds(Checking *checking) {
    g_auto(GStrv) kinds = jsonx_to_strv(json_object_get(checking->wanted, "kinds"));
    for (guint i = 0; kinds[i] != NULL; i++) {
        guint count = GPOINTER_TO_UINT(g_hash_table_lookup(checking->counts, kinds[i]));
        if (count != 1)
            g_string_append_printf(checking->problems, "%s: %u packages are of the kind %s; one is expected\n", jsonx_string(checking->wanted, "label"), count,
                                   kinds[i]);
    }
}

/* Of every package, by the order of the plan. */
static bool read_all(Checking *checking, const char *folder, GError **error) {
    const json_t *packages = json_object_get(checking->run->params, "packages");
    for (gsize i = 0; i < json_array_size(packages); i++) {
        const json_t *files = json_object_get(json_array_get(packages, i), "files");
        EffectsFile file;
        for (gsize k = 0; k < json_array_size(files); k++) {
            if (!effects_file(files, k, &file, error) || !read_file(checking, folder, &file, error))
                return false;
        }
    }
    return true;
}

/* `at`: where its first file stands among what was read. */
static void take_one(Checking *checking, const json_t *wanted, guint *at) {
    const json_t *files = json_object_get(wanted, "files");
    checking->wanted = wanted;
    g_hash_table_remove_all(checking->counts);
    for (gsize i = 0; i < json_array_size(files); i++) {
        EffectsFile file;
        if (effects_file(files, i, &file, NULL))
            take_package(checking, file.name, checking->read->pdata[(*at)++]);
    }
    check_kinds(checking);
}

static bool check_all(Checking *checking, const char *folder, GError **error) {
    const json_t *packages = json_object_get(checking->run->params, "packages");
    if (!read_all(checking, folder, error))
        return false;
    package_render(checking->read, PACKAGE_PYTHON, checking->run->cancel);
    guint at = 0;
    for (gsize i = 0; i < json_array_size(packages); i++)
        take_one(checking, json_array_get(packages, i), &at);
    return true;
}

/* Warnings and what was not checked as lines; their counts, and the first warning, as the note. */
static void say(Checking *checking) {
    g_auto(GStrv) warnings = g_strsplit(g_strchomp(checking->warnings->str), "\n", -1);
    g_auto(GStrv) unchecked = g_strsplit(g_strchomp(checking->unchecked->str), "\n", -1);
    guint some = g_strv_length(warnings), none = g_strv_length(unchecked);
    for (guint i = 0; i < some; i++)
        effect_line(checking->run, warnings[i]);
    for (guint i = 0; i < none; i++)
        effect_line(checking->run, unchecked[i]);
    g_autofree char *left = none > 0 ? g_strdup_printf("; %u not checked", none) : g_strdup("");
    g_autofree char *more = some > 1 ? g_strdup_printf(" (and %u more)", some - 1) : g_strdup("");
    if (some > 0)
        effect_note(checking->run, "warning: %s%s%s", warnings[0], more, left);
    else
        effect_note(checking->run, "%" G_GSIZE_FORMAT " %s%s", json_array_size(checking->packages),
                    json_array_size(checking->packages) == 1 ? "package" : "packages", left);
}

static bool judge(Checking *checking, GError **error) {
    bool strict = jsonx_bool(checking->run->params, "strict", false);
    if (strict)
        g_string_append(checking->problems, checking->warnings->str);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(checking->problems->str), "\n", -1);
    if (lines[0] == NULL || *lines[0] == '\0')
        return true;
    g_autofree char *shown = text_escape(checking->problems->str, -1, true);
    guint count = g_strv_length(lines);
    error_set(error, ERROR_PACKAGE, "%u problem%s in the packages", count, count == 1 ? "" : "s");
    error_why(error, "%s", shown);
    return false;
}

static bool apply(EffectRun *run, GError **error) {
    g_autofree char *folder = effects_path(run, "folder", error);
    if (folder == NULL || !effects_files_are_there(folder, json_object_get(run->params, "files"), error))
        return false;
    if (json_array_size(json_object_get(run->params, "packages")) == 0)
        return error_set(error, ERROR_PLAN_BROKEN, "%s names no package to check", run->id);
    g_autoptr(GString) problems = g_string_new(NULL);
    g_autoptr(GString) warnings = g_string_new(NULL);
    g_autoptr(GString) unchecked = g_string_new(NULL);
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) read = g_ptr_array_new_with_free_func((GDestroyNotify)package_free);
    g_autoptr(json_t) packages = json_array();
    Checking checking = {.run = run, .problems = problems, .warnings = warnings, .unchecked = unchecked, .read = read, .packages = packages, .counts = counts};
    if (!check_all(&checking, folder, error) || !judge(&checking, error))
        return false;
    json_object_set(run->result, "packages", packages);
    say(&checking);
    return true;
}

static void describe_one(const json_t *package, GString *line) {
    const char *name = jsonx_string(package, "name");
    const char *label = jsonx_string(package, "label");
    const char *version = jsonx_string(package, "version");
    g_string_append_printf(line, "; %s", name != NULL ? name : label != NULL ? label : "?");
    if (version != NULL)
        g_string_append_printf(line, " %s", version);
    if (json_array_size(json_object_get(package, "kinds")) > 0) {
        g_autofree char *kinds = effects_shown_member(package, "kinds");
        g_string_append_printf(line, ", one of each: %s", kinds);
    }
}

static char *describe(const json_t *params) {
    g_autofree char *files = effects_shown_member(params, "files");
    const json_t *packages = json_object_get(params, "packages");
    g_autoptr(GString) line = g_string_new("check the packages ");
    g_string_append_printf(line, "%s: file names, metadata, contents, secrets", files);
    for (gsize i = 0; i < json_array_size(packages); i++)
        describe_one(json_array_get(packages, i), line);
    return g_strdup(line->str);
}

const EffectKind effect_kind_check_packages = {
    .name = "check-packages",
    .doc = "checks that the packages are whole and are what their names and this release say",
    .describe = describe,
    .shown = "files files.name packages.name packages.version packages.kinds",
    .apply = apply,
    .undo = effects_undo_nothing,
    .undo_note = "nothing to undo: a check changes nothing",
    .volatile_outcome = true,
};
