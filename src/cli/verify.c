#include "base/fs.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/findings.h"
#include "cli/how.h"
#include "cli/verify_release.h"
#include "package/package.h"

#include <stdio.h>
#include <string.h>

#define SUMS "SHA256SUMS"
#define MAX_FILES 10000

static gboolean json, strict, draft, published;

typedef struct {
    GPtrArray *paths;    /* of char* */
    GPtrArray *packages; /* of Package*, one for each path */
    GHashTable *sums;    /* folder → its list of checksums, or NULL where there is none */
    guint wrong;
} Verifying;

static void verifying_clear(Verifying *verifying) {
    g_ptr_array_unref(verifying->paths);
    g_ptr_array_unref(verifying->packages);
    g_hash_table_unref(verifying->sums);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Verifying, verifying_clear)

/* ---- which files ---- */

/* All files of a folder; what is below its folders is not its own. */
static bool add_folder(Verifying *verifying, const char *folder, GError **error) {
    g_autoptr(GPtrArray) names = fs_list(folder, error);
    guint before = verifying->paths->len;
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (*name != '.' && strcmp(name, SUMS) != 0 && g_file_test(path, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add(verifying->paths, g_steal_pointer(&path));
    }
    if (names != NULL && verifying->paths->len == before) {
        error_set(error, ERROR_USAGE, "the folder %s holds no files", folder);
        error_fix(error, "build them first: slipway build");
        return false;
    }
    return names != NULL;
}

static bool add_paths(Verifying *verifying, char **args, GError **error) {
    for (guint i = 0; args[i] != NULL; i++) {
        g_autofree char *name = g_path_get_basename(args[i]);
        bool folder = g_file_test(args[i], G_FILE_TEST_IS_DIR);
        if (folder && !add_folder(verifying, args[i], error))
            return false;
        /* The list itself is looked at through the files beside it. */
        if (!folder && strcmp(name, SUMS) != 0)
            g_ptr_array_add(verifying->paths, g_strdup(args[i]));
        if (!folder && strcmp(name, SUMS) == 0) {
            g_autofree char *beside = g_path_get_dirname(args[i]);
            if (!add_folder(verifying, beside, error))
                return false;
        }
        if (verifying->paths->len > MAX_FILES)
            return error_set(error, ERROR_TOO_LARGE, "more than %d files are named", MAX_FILES);
    }
    return true;
}

/* ---- SHA256SUMS beside ---- */

static bool sums_of(Verifying *verifying, const char *folder, GHashTable **sums, GError **error) {
    gpointer there = NULL;
    if (g_hash_table_lookup_extended(verifying->sums, folder, NULL, &there)) {
        *sums = there;
        return true;
    }
    g_autofree char *path = g_build_filename(folder, SUMS, NULL);
    *sums = NULL;
    if (fs_exists(path)) {
        g_autoptr(GBytes) bytes = fs_read(path, SUMS_LIMIT, error);
        if (bytes == NULL)
            return false;
        g_autofree char *text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
        *sums = package_sums_parse(text, path, error);
        if (*sums == NULL)
            return false;
    }
    g_hash_table_insert(verifying->sums, g_strdup(folder), *sums);
    return true;
}

static bool check_sum(Verifying *verifying, const char *path, Package *package, GError **error) {
    g_autofree char *folder = g_path_get_dirname(path);
    GHashTable *sums = NULL;
    if (!sums_of(verifying, folder, &sums, error))
        return false;
    return sums == NULL || package_check_sum(package, path, sums, error);
}

static bool is_named(const Verifying *verifying, const char *folder, const char *name) {
    for (guint i = 0; i < verifying->paths->len; i++) {
        g_autofree char *base = g_path_get_basename(verifying->paths->pdata[i]);
        g_autofree char *beside = g_path_get_dirname(verifying->paths->pdata[i]);
        if (strcmp(base, name) == 0 && strcmp(beside, folder) == 0)
            return true;
    }
    return false;
}

/* What the list names and is not there: a file was lost. */
static void check_lost(Verifying *verifying, const char *folder, GHashTable *sums) {
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(sums), (GCompareFunc)strcmp);
    for (GList *name = names; name != NULL; name = name->next) {
        g_autofree char *path = g_build_filename(folder, name->data, NULL);
        if (is_named(verifying, folder, name->data) || fs_exists(path))
            continue;
        g_ptr_array_add(verifying->paths, g_steal_pointer(&path));
        g_ptr_array_add(verifying->packages, package_lost(name->data));
    }
}

/* ---- showing ---- */

static guint count(const Package *package, PackageSeverity severity) {
    guint found = 0;
    for (guint i = 0; i < package->findings->len; i++)
        found += ((const PackageFinding *)package->findings->pdata[i])->severity == severity ? 1 : 0;
    return found;
}

static bool is_wrong(const Package *package) {
    return count(package, PACKAGE_PROBLEM) > 0 || (strict && count(package, PACKAGE_WARNING) > 0);
}

static void print_outcome(const char *shown, const Package *package) {
    g_autoptr(GString) line = g_string_new(NULL);
    g_string_append_printf(line, "%s: %s", shown, package->kind);
    const char *const words[] = {package->name, package->version};
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *word = words[i] != NULL ? text_escape(words[i], -1, false) : NULL;
        g_string_append_printf(line, "%s%s", word != NULL ? " " : "", word != NULL ? word : "");
    }
    guint problems = count(package, PACKAGE_PROBLEM), warnings = count(package, PACKAGE_WARNING);
    g_string_append_printf(line, ": %s", is_wrong(package) ? "WRONG" : "right");
    if (problems > 0)
        g_string_append_printf(line, ", %u problem%s", problems, problems == 1 ? "" : "s");
    if (warnings > 0)
        g_string_append_printf(line, ", %u warning%s", warnings, warnings == 1 ? "" : "s");
    if (package->unchecked->len > 0)
        g_string_append_printf(line, ", %u not checked", package->unchecked->len);
    puts(line->str);
}

static void print_finding(const char *path, const PackageFinding *finding) {
    g_autofree char *text = text_escape(finding->text, -1, false);
    g_autofree char *where = g_strjoinv(", ", (char **)package_where_names(finding->where));
    bool fails = finding->severity == PACKAGE_PROBLEM || (strict && finding->severity == PACKAGE_WARNING);
    printf("  %-7s  %s\n           %s (%s)\n", package_severity_name(finding->severity), text, finding->code, where);
    if (finding->severity != PACKAGE_NOTE)
        findings_annotate(&(Annotation){.path = path, .code = finding->code, .what = text, .warning = !fails});
}

static void print_package(const char *path, const Package *package) {
    g_autofree char *shown = text_escape(path, -1, false);
    print_outcome(shown, package);
    for (guint i = 0; i < package->findings->len; i++)
        print_finding(path, package->findings->pdata[i]);
    for (guint i = 0; i < package->unchecked->len; i++) {
        const PackageUnchecked *unchecked = package->unchecked->pdata[i];
        g_autofree char *what = text_escape(unchecked->what, -1, false);
        g_autofree char *why = text_escape(unchecked->why, -1, false);
        printf("  not checked: %s: %s\n", what, why);
    }
}

static json_t *strings(const GPtrArray *texts) {
    json_t *array = json_array();
    for (guint i = 0; i < texts->len; i++)
        json_array_append_new(array, jsonx_text(texts->pdata[i]));
    return array;
}

static json_t *package_json(const char *path, const Package *package) {
    json_t *findings = json_array(), *unchecked = json_array();
    for (guint i = 0; i < package->findings->len; i++)
        json_array_append_new(findings, package_finding_json(package->findings->pdata[i]));
    for (guint i = 0; i < package->unchecked->len; i++)
        json_array_append_new(unchecked, package_unchecked_json(package->unchecked->pdata[i]));
    json_t *object = json_pack("{s: o, s: s, s: o, s: o, s: s}", "path", jsonx_path(path), "kind", package->kind, "name",
                               package->name != NULL ? jsonx_text(package->name) : json_null(), "version",
                               package->version != NULL ? jsonx_text(package->version) : json_null(), "outcome", is_wrong(package) ? "wrong" : "right");
    json_object_set_new(object, "problems", strings(package->problems));
    json_object_set_new(object, "findings", findings);
    json_object_set_new(object, "unchecked", unchecked);
    return object;
}

static void show_all(Verifying *verifying) {
    json_t *rows = json_array();
    for (guint i = 0; i < verifying->packages->len; i++) {
        const char *path = verifying->paths->pdata[i];
        Package *package = verifying->packages->pdata[i];
        package_sort(package);
        verifying->wrong += is_wrong(package) ? 1 : 0;
        if (json)
            json_array_append_new(rows, package_json(path, package));
        else
            print_package(path, package);
    }
    g_autoptr(json_t) document = json_pack("{s: i, s: b, s: o}", "schema", 1, "strict", (int)strict, "packages", rows);
    g_autofree char *text = json ? jsonx_pretty(document) : g_strdup("");
    fputs(text, stdout);
}

/* ---- the whole ---- */

static bool read_all(Verifying *verifying, GError **error) {
    guint named = verifying->paths->len;
    GPtrArray *packages = package_read_all(verifying->paths, error);
    if (packages == NULL) {
        error_state(error, "nothing was changed");
        error_fix(error, "name files or folders that are there and can be read: slipway verify dist; a release that is out: slipway verify --published X.Y.Z");
        return false;
    }
    g_ptr_array_unref(verifying->packages);
    verifying->packages = packages;
    for (guint i = 0; i < named; i++) {
        if (!check_sum(verifying, verifying->paths->pdata[i], packages->pdata[i], error))
            return false;
    }
    GHashTableIter iter;
    gpointer folder, sums;
    g_hash_table_iter_init(&iter, verifying->sums);
    while (g_hash_table_iter_next(&iter, &folder, &sums)) {
        if (sums != NULL)
            check_lost(verifying, folder, sums);
    }
    package_render(verifying->packages, PACKAGE_PYTHON, NULL);
    return true;
}

static void sums_free(gpointer sums) {
    if (sums != NULL)
        g_hash_table_unref(sums);
}

static int run_draft(char **args, GError **error) {
    (void)args;
    return verify_draft(json, error);
}

static int run_published(char **args, GError **error) {
    return verify_published(args[0], json, error);
}

static int run(char **args, GError **error) {
    g_auto(Verifying) verifying = {.paths = g_ptr_array_new_with_free_func(g_free),
                                   .packages = g_ptr_array_new_with_free_func((GDestroyNotify)package_free),
                                   .sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, sums_free)};
    if (!add_paths(&verifying, args, error) || !read_all(&verifying, error))
        return 0;
    show_all(&verifying);
    if (verifying.wrong > 0) {
        error_set(error, ERROR_PACKAGE, "%u of %u file%s %s not as %s must be", verifying.wrong, verifying.packages->len,
                  verifying.packages->len == 1 ? "" : "s", verifying.wrong == 1 ? "is" : "are", verifying.wrong == 1 ? "it" : "they");
        error_state(error, "nothing was changed");
        error_fix(error, "correct what is named above and build again: slipway build");
    }
    return 0;
}

static GOptionEntry options[] = {
    {"draft", 0, 0, G_OPTION_ARG_NONE, &draft, "the draft of the unfinished release, read back and held against the plan", NULL},
    {"published", 0, 0, G_OPTION_ARG_NONE, &published, "a published release, as a stranger has it: downloaded, compared, installed; without VERSION the newest",
     NULL},
    {"strict", 0, 0, G_OPTION_ARG_NONE, &strict, "warnings fail too, as what public indexes refuse", NULL},
    {"json", 0, 0, G_OPTION_ARG_NONE, &json, "as JSON", NULL},
    G_OPTION_ENTRY_NULL,
};

static const Form forms[] = {
    {.option = "draft", .takes = "json", .run = run_draft},
    {.option = "published", .args = {.shown = "VERSION", .most = 1, .check = how_is_version}, .takes = "json", .run = run_published},
    {.args = {.shown = "PATH…", .least = 1, .most = ARGUMENTS_ANY}, .takes = "strict json", .run = run},
    {0},
};

const Command command_verify = {
    .name = "verify",
    .summary = "check packages, a draft or a published release",
    .help = "Reads wheels, source archives of Python, npm tarballs, crates and plain archives (.tar.gz, .tar.zst, .tar.xz, .tar, .zip) without unpacking\n"
            "them; a folder stands for its files. Checked are\n"
            "\n"
            "all         the archive itself, secrets and litter in it, and SHA256SUMS where one stands beside\n"
            "Python      file name, every field of the metadata, the description (reStructuredText by Debian's python3-readme-renderer), the license\n"
            "            expression and files; of wheels also WHEEL, entry points, and RECORD with every hash\n"
            "npm, crate  file name, manifest, what the manifest points to, what its registry refuses\n"
            "\n"
            "problem   it is broken, or every public index refuses it\n"
            "warning   installers take it, but a public index refuses it, or it is seldom meant; fails with --strict\n"
            "note      worth knowing; never fails\n"
            "\n"
            "Behind each stands its code and who objects: twine (check --strict), index (PyPI at upload), spec (packaging.python.org).\n"
            "What could not be checked is listed with the reason; it counts neither as right nor as wrong. Exit 4 when a file is wrong.\n"
            "\n"
            "--draft      the review of a draft: state, tag, name, flags, notes and every asset, downloaded and compared, as a table. Notes that a\n"
            "             person edited at the forge are shown as a difference, and kept. Also of a release that another clone began.\n"
            "--published  without a token: every asset downloaded and compared with the journal's digests, or those of SHA256SUMS; the signature\n"
            "             checked by signature.key; the packages installed from the forge and asked for their version.\n"
            "Of these two, exit 1 when anything is not as it must be, 2 when there is no such draft or release.",
    .example = "slipway verify --strict dist\nslipway verify --draft\nslipway verify --published 1.1.0",
    .options = options,
    .forms = forms,
    .apart = "draft/published",
};
