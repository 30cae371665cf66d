/* Core metadata, any bytes: no crash, findings bounded and each with its row, and the grammars agree with themselves. */
#include "package/metadata.h"
#include "fuzz/fuzz.h"

#include <string.h>

static Package *new_package(void) {
    Package *package = g_new0(Package, 1);
    package->requires = g_ptr_array_new_with_free_func(g_free);
    package->top_level = g_ptr_array_new_with_free_func(g_free);
    package->findings = g_ptr_array_new_with_free_func((GDestroyNotify)package_finding_free);
    package->unchecked = g_ptr_array_new_with_free_func((GDestroyNotify)package_unchecked_free);
    package->problems = g_ptr_array_new();
    package->warnings = g_ptr_array_new();
    return package;
}

static void try_metadata(const char *text) {
    PackageMembers members = {.members = g_ptr_array_new(),
                              .by_path = g_hash_table_new(g_str_hash, g_str_equal),
                              .texts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_bytes_unref)};
    g_hash_table_insert(members.texts, (gpointer) "METADATA", g_bytes_new(text, strlen(text) + 1));
    g_autoptr(Package) package = new_package();
    package_take_metadata(package, &members, "METADATA", "licenses/");
    package_sort(package);
    PROMISE(package->findings->len <= 3 * 51 && package->unchecked->len <= 50);
    for (guint i = 0; i < package->findings->len; i++) {
        const PackageFinding *finding = package->findings->pdata[i];
        g_autoptr(json_t) shown = package_finding_json(finding);
        PROMISE(shown != NULL && strlen(finding->text) < 2000);
    }
    bool named = package->name != NULL && package_name_is_valid(package->name);
    g_autofree char *normal = named ? package_normalise(package->name) : NULL;
    PROMISE(normal == NULL || package_name_is_valid(normal));
    g_hash_table_unref(members.texts);
    g_hash_table_unref(members.by_path);
    g_ptr_array_unref(members.members);
}

/* A canonical expression is its own canonical form. */
static void try_license(const char *text) {
    g_autofree char *canonical = NULL;
    g_autofree char *problem = package_license_problem(text, &canonical, NULL);
    PROMISE((problem == NULL) == (canonical != NULL));
    g_autofree char *again = NULL;
    g_autofree char *other = canonical != NULL ? package_license_problem(canonical, &again, NULL) : NULL;
    PROMISE(canonical == NULL || (other == NULL && g_str_equal(again, canonical)));
}

/* A specifier of Requires-Python is one of a requirement too. */
static void try_requirement(const char *text) {
    bool url = false;
    g_autofree char *problem = package_requirement_problem(text, &url);
    g_autofree char *specifiers = package_specifiers_problem(text);
    g_autofree char *joined = g_strconcat("a ", text, NULL);
    g_autofree char *both = specifiers == NULL && strchr(text, ',') == NULL ? package_requirement_problem(joined, &url) : NULL;
    PROMISE(both == NULL || strstr(text, "===") != NULL);
    (void)package_url_is_valid(text);
    (void)package_email(text);
    (void)problem;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = g_strndup((const char *)data, size);
    try_metadata(text);
    gsize line = strcspn(text, "\n");
    g_autofree char *first = g_strndup(text, line);
    if (g_utf8_validate(first, -1, NULL)) {
        try_license(first);
        try_requirement(first);
    }
    return 0;
}
