/* What `cargo package` makes. Rules: doc.rust-lang.org/cargo "publishing", "manifest", "specifying dependencies"; crates.io's checks at upload. */
#include "manifest/toml.h"
#include "package/metadata.h"
#include "package/names.h"
#include "package/parts.h"
#include "version/version.h"

#include <string.h>

#define MAX_BYTES (10u << 20)
#define MAX_NAME 64
#define MAX_WORDS 5 /* keywords, and categories */
#define MAX_KEYWORD 20
#define MAX_JSON (1u << 20)

typedef struct {
    Package *package;
    const PackageMembers *members;
    char *stem;         /* the file name without .crate */
    const char *text;   /* Cargo.toml */
    GHashTable *values; /* key path → value as written, of Cargo.toml */
    guint keywords, categories;
} Crate;

static void crate_clear(Crate *crate) {
    g_free(crate->stem);
    g_clear_pointer(&crate->values, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Crate, crate_clear)

static bool wanted(const char *path) {
    const char *slash = strchr(path, '/');
    return slash != NULL && (strcmp(slash, "/Cargo.toml") == 0 || strcmp(slash, "/.cargo_vcs_info.json") == 0);
}

static char *path_of(const Crate *crate, const char *name) {
    return g_strconcat(crate->stem, "/", name, NULL);
}

static bool has(const Crate *crate, const char *name) {
    g_autofree char *path = path_of(crate, name);
    return g_hash_table_contains(crate->members->by_path, path);
}

static const char *value_of(const Crate *crate, const char *key) {
    return g_hash_table_lookup(crate->values, key);
}

static bool has_text(const Crate *crate, const char *key) {
    const char *value = value_of(crate, key);
    return value != NULL && *value != '\0' && strcmp(value, "\"\"\"\"\"\"") != 0;
}

static void check_top(Crate *crate) {
    g_autofree char *below = path_of(crate, "");
    for (guint i = 0; i < crate->members->members->len; i++) {
        const PackageMember *member = crate->members->members->pdata[i];
        bool top = member->folder && strcmp(member->path, crate->stem) == 0;
        if (!top && !g_str_has_prefix(member->path, below))
            package_report(crate->package, PACKAGE_CHECK_CRATE_TOP, "%.300s stands outside the folder %.200s", member->path, crate->stem);
    }
    if (crate->members->file_size > MAX_BYTES)
        package_report(crate->package, PACKAGE_CHECK_CRATE_SIZE, "it has %" G_GUINT64_FORMAT " MiB; crates.io takes 10 MiB", crate->members->file_size >> 20);
}

static void check_keyword(Crate *crate, const char *text, gsize length) {
    bool right = length > 0 && length <= MAX_KEYWORD && g_ascii_isalnum(text[0]);
    for (gsize i = 0; right && i < length; i++)
        right = g_ascii_isalnum(text[i]) || strchr("_-+", text[i]) != NULL;
    if (!right)
        package_report(crate->package, PACKAGE_CHECK_CRATE_KEYWORDS, "the keyword \"%.*s\" is not of at most 20 letters, digits, _, - and +",
                       (int)MIN(length, 100u), text);
}

static bool take_value(const TomlValue *value, void *data) {
    Crate *crate = data;
    if (strcmp(value->path, "package.keywords[]") == 0 && ++crate->keywords <= MAX_WORDS)
        check_keyword(crate, crate->text + value->offset, value->length);
    if (strcmp(value->path, "package.categories[]") == 0)
        crate->categories++;
    g_hash_table_replace(crate->values, g_strdup(value->path), g_strndup(crate->text + value->offset, value->length));
    return true;
}

static void read_manifest(Crate *crate) {
    g_autofree char *path = path_of(crate, "Cargo.toml");
    guint line = 0;
    crate->text = package_members_text(crate->members, path);
    if (crate->text == NULL)
        package_report(crate->package, PACKAGE_CHECK_CRATE_MANIFEST, "%.300s is missing", path);
    else if (!toml_walk(crate->text, strlen(crate->text), take_value, crate, &line))
        package_report(crate->package, PACKAGE_CHECK_CRATE_MANIFEST, "%.300s:%u: it is not TOML", path, line);
}

/* ---- name and version ---- */

static bool name_is_right(const char *name) {
    bool right = g_ascii_isalpha(name[0]) && strlen(name) <= MAX_NAME;
    for (const char *at = name; right && *at != '\0'; at++)
        right = g_ascii_isalnum(*at) || *at == '-' || *at == '_';
    return right;
}

static void check_identity(Crate *crate) {
    Package *package = crate->package;
    package->name = g_strdup(value_of(crate, "package.name"));
    package->version = g_strdup(value_of(crate, "package.version"));
    package->summary = has_text(crate, "package.description") ? g_strdup(value_of(crate, "package.description")) : NULL;
    if (package->name == NULL || !name_is_right(package->name))
        package_report(package, PACKAGE_CHECK_CRATE_NAME, "the name \"%.100s\" is not of at most 64 letters, digits, - and _, or does not begin with a letter",
                       package->name != NULL ? package->name : "");
    g_autoptr(Version) version = package->version != NULL ? version_parse(package->version, NULL) : NULL;
    if (version == NULL)
        package_report(package, PACKAGE_CHECK_CRATE_VERSION, "the version \"%.100s\" is not a SemVer version",
                       package->version != NULL ? package->version : "");
    if (package->name == NULL || package->version == NULL)
        return;
    g_autofree char *expected = g_strdup_printf("%.100s-%.100s", package->name, package->version);
    if (strcmp(expected, crate->stem) != 0)
        package_report(package, PACKAGE_CHECK_CRATE_NAME, "the file name is not %s.crate, as Cargo.toml wants it", expected);
}

/* ---- what crates.io asks for ---- */

static void check_about(Crate *crate) {
    Package *package = crate->package;
    const char *publish = value_of(crate, "package.publish");
    if (publish != NULL && (strcmp(publish, "false") == 0 || strcmp(publish, "[]") == 0))
        package_report(package, PACKAGE_CHECK_CRATE_PUBLISH, "Cargo.toml has publish = %s: cargo refuses to publish it", publish);
    if (!has_text(crate, "package.license") && !has_text(crate, "package.license-file"))
        package_report(package, PACKAGE_CHECK_CRATE_LICENSE, "Cargo.toml has neither license nor license-file, which crates.io asks for");
    if (!has_text(crate, "package.description"))
        package_report(package, PACKAGE_CHECK_CRATE_DESCRIPTION, "Cargo.toml has no description, which crates.io asks for");
}

static void check_words(Crate *crate) {
    if (crate->keywords > MAX_WORDS)
        package_report(crate->package, PACKAGE_CHECK_CRATE_KEYWORDS, "Cargo.toml has %u keywords; crates.io takes %u", crate->keywords, MAX_WORDS);
    if (crate->categories > MAX_WORDS)
        package_report(crate->package, PACKAGE_CHECK_CRATE_KEYWORDS, "Cargo.toml has %u categories; crates.io takes %u", crate->categories, MAX_WORDS);
}

/* "MIT/Apache-2.0" is the old way to write OR, which crates.io still takes. */
static void check_license(Crate *crate) {
    if (!has_text(crate, "package.license"))
        return;
    g_autoptr(GString) text = g_string_new(value_of(crate, "package.license"));
    g_string_replace(text, "/", " OR ", 0);
    g_autofree char *problem = package_license_problem(text->str, NULL, NULL);
    if (problem != NULL)
        package_report(crate->package, PACKAGE_CHECK_CRATE_LICENSE_EXPRESSION, "the license \"%.200s\": %s", value_of(crate, "package.license"), problem);
}

static void check_files(Crate *crate) {
    static const char *const keys[] = {"package.license-file", "package.readme", "lib.path"};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *file = value_of(crate, keys[i]);
        if (file != NULL && strcmp(file, "false") != 0 && strcmp(file, "true") != 0 && !has(crate, file))
            package_report(crate->package, PACKAGE_CHECK_CRATE_FILE, "Cargo.toml's %s is %.300s, which is not in the crate", keys[i], file);
    }
    if (!has(crate, "Cargo.toml.orig"))
        package_report(crate->package, PACKAGE_CHECK_CRATE_ORIGINAL, "Cargo.toml.orig is missing: cargo did not make this crate");
}

/* "dependencies.NAME[.FIELD]", "target.….build-dependencies.NAME[.FIELD]": where NAME begins; NULL: no dependency that users get. */
static const char *dependency_of(const char *key) {
    static const char table[] = "dependencies.";
    const char *at = strstr(key, table);
    if (at == NULL)
        return NULL;
    bool whole = at == key || at[-1] == '.' || (at - key >= 6 && strncmp(at - 6, "build-", 6) == 0);
    return whole ? at + strlen(table) : NULL;
}

static void check_dependency(Crate *crate, const char *key, const char *value) {
    const char *name = dependency_of(key);
    const char *field = name != NULL ? strrchr(name, '.') : NULL;
    if (name == NULL)
        return;
    int length = field != NULL ? (int)MIN(field - name, 100) : (int)MIN(strlen(name), 100u);
    bool version = field == NULL || strcmp(field, ".version") == 0;
    if (version && strcmp(value, "*") == 0)
        package_report(crate->package, PACKAGE_CHECK_CRATE_DEPENDENCY, "the dependency %.*s may be of any version, which crates.io refuses", length, name);
    if (field == NULL || (strcmp(field, ".path") != 0 && strcmp(field, ".git") != 0))
        return;
    g_autofree char *table = g_strndup(key, (gsize)(field - key));
    g_autofree char *wanted_key = g_strconcat(table, ".version", NULL);
    if (value_of(crate, wanted_key) == NULL)
        package_report(crate->package, PACKAGE_CHECK_CRATE_DEPENDENCY, "the dependency %.*s has a %s and no version: nobody else can find it", length, name,
                       field + 1);
}

static int by_bytes(gconstpointer a, gconstpointer b) {
    return strcmp(a, b);
}

static void check_dependencies(Crate *crate) {
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(crate->values), by_bytes);
    for (const GList *key = keys; key != NULL; key = key->next)
        check_dependency(crate, key->data, value_of(crate, key->data));
}

static void check_vcs(Crate *crate) {
    g_autofree char *path = path_of(crate, ".cargo_vcs_info.json");
    const char *text = package_members_text(crate->members, path);
    if (text == NULL) {
        package_report(crate->package, PACKAGE_CHECK_CRATE_VCS, "it does not say from which commit it was made");
        return;
    }
    g_autoptr(json_t) json = jsonx_parse(text, strlen(text), MAX_JSON, path, NULL);
    if (json == NULL)
        package_report(crate->package, PACKAGE_CHECK_CRATE_MANIFEST, "%.300s is no JSON", path);
    else if (jsonx_bool(json_object_get(json, "git"), "dirty", false) || jsonx_bool(json, "dirty", false))
        package_report(crate->package, PACKAGE_CHECK_CRATE_DIRTY, "it was made from files that were not committed (%.300s has dirty)", path);
}

/* One check, one function, one row; those behind the first two need the manifest. */
static void (*const checks[])(Crate *crate) = {check_identity, check_about, check_words, check_license, check_files, check_dependencies, check_vcs};

static void check(Package *package, const PackageMembers *members, const char *file) {
    g_auto(Crate) crate = {.package = package, .members = members};
    crate.stem = g_strndup(file, strlen(file) - strlen(".crate"));
    crate.values = g_hash_table_new_full(package_name_hash, g_str_equal, g_free, g_free);
    if (!members->whole)
        return;
    check_top(&crate);
    read_manifest(&crate);
    for (guint i = 0; crate.text != NULL && i < G_N_ELEMENTS(checks); i++)
        checks[i](&crate);
}

static const char *const suffixes[] = {".crate", NULL};

const PackageKind package_kind_crate = {.name = "crate", .suffixes = suffixes, .wanted = wanted, .check = check};
