#include "package/package.h"

#include "package/parts.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* A hostile archive could have a problem a member; a person needs the first few. */
#define MAX_PROBLEMS 50

typedef struct {
    const char *name;
    const char *suffix;
    bool (*read)(Package *package, const char *path, GError **error);
} PackageKind;

static const PackageKind kinds[] = {
    {.name = "wheel", .suffix = ".whl", .read = package_read_wheel},
    {.name = "sdist", .suffix = ".tar.gz", .read = package_read_sdist},
};

static const PackageKind *kind_of(const char *name) {
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_has_suffix(name, kinds[i].suffix))
            return &kinds[i];
    }
    return NULL;
}

const char *package_kind(const char *name) {
    const PackageKind *kind = kind_of(name);
    return kind != NULL ? kind->name : "file";
}

void package_free(Package *package) {
    if (package == NULL)
        return;
    g_free(package->kind);
    g_free(package->name);
    g_free(package->version);
    g_free(package->summary);
    g_free(package->requires_python);
    g_ptr_array_unref(package->requires);
    g_ptr_array_unref(package->top_level);
    g_ptr_array_unref(package->problems);
    g_ptr_array_unref(package->warnings);
    g_free(package);
}

static void G_GNUC_PRINTF(2, 0) add(GPtrArray *list, const char *format, va_list args) {
    if (list->len < MAX_PROBLEMS)
        g_ptr_array_add(list, g_strdup_vprintf(format, args));
    else if (list->len == MAX_PROBLEMS)
        g_ptr_array_add(list, g_strdup("and more of that kind"));
}

void package_problem(Package *package, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(package->problems, format, args);
    va_end(args);
}

void package_warning(Package *package, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(package->warnings, format, args);
    va_end(args);
}

Package *package_read(const char *path, GError **error) {
    g_autofree char *name = g_path_get_basename(path);
    const PackageKind *kind = kind_of(name);
    g_autoptr(Package) package = g_new0(Package, 1);
    package->kind = g_strdup(kind != NULL ? kind->name : "file");
    package->requires = g_ptr_array_new_with_free_func(g_free);
    package->top_level = g_ptr_array_new_with_free_func(g_free);
    package->problems = g_ptr_array_new_with_free_func(g_free);
    package->warnings = g_ptr_array_new_with_free_func(g_free);
    if (access(path, R_OK) != 0) {
        error_errno(error, ERROR_IO, errno, "cannot read %s", path);
        return NULL;
    }
    if (kind != NULL && !kind->read(package, path, error))
        return NULL;
    return g_steal_pointer(&package);
}

char *package_normalise(const char *name) {
    GString *out = g_string_new(NULL);
    for (const char *at = name; *at != '\0'; at++) {
        bool separator = strchr("-_.", *at) != NULL;
        bool again = separator && out->len > 0 && out->str[out->len - 1] == '_';
        if (!again)
            g_string_append_c(out, separator ? '_' : g_ascii_tolower(*at));
    }
    return g_string_free(out, FALSE);
}
