#include "package/parts.h"

#include <string.h>

/* A hostile archive could have a problem a member; a person needs the first few. */
#define MAX_FINDINGS 50

typedef struct {
    const char *code;
    PackageSeverity severity;
    guint where;
} Row;

static const Row rows[PACKAGE_CHECK_COUNT] = {
#define PACKAGE_CHECK(id, code, severity, where) [PACKAGE_CHECK_##id] = {code, PACKAGE_##severity, PACKAGE_AT_##where},
#include "package/checks.def"
#undef PACKAGE_CHECK
};

void package_finding_free(PackageFinding *finding) {
    g_free(finding->text);
    g_free(finding);
}

void package_unchecked_free(PackageUnchecked *unchecked) {
    g_free(unchecked->code);
    g_free(unchecked->what);
    g_free(unchecked->why);
    g_free(unchecked);
}

static guint count(const Package *package, PackageSeverity severity) {
    guint found = 0;
    for (guint i = 0; i < package->findings->len; i++)
        found += ((const PackageFinding *)package->findings->pdata[i])->severity == severity ? 1 : 0;
    return found;
}

static void add(Package *package, PackageCheck check, char *text) {
    const Row *row = &rows[check];
    guint before = count(package, row->severity);
    if (before > MAX_FINDINGS) {
        g_free(text);
        return;
    }
    if (before == MAX_FINDINGS) {
        g_free(text);
        text = g_strdup("and more of that kind");
    }
    PackageFinding *finding = g_new0(PackageFinding, 1);
    *finding = (PackageFinding){.check = check, .code = row->code, .severity = row->severity, .where = row->where, .text = text};
    g_ptr_array_add(package->findings, finding);
    if (row->severity == PACKAGE_PROBLEM)
        g_ptr_array_add(package->problems, finding->text);
    else if (row->severity == PACKAGE_WARNING)
        g_ptr_array_add(package->warnings, finding->text);
}

void package_report(Package *package, PackageCheck check, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(package, check, g_strdup_vprintf(format, args));
    va_end(args);
}

void package_problem(Package *package, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(package, PACKAGE_CHECK_ARCHIVE_BROKEN, g_strdup_vprintf(format, args));
    va_end(args);
}

void package_not_checked(Package *package, const char *code, const char *what, const char *why) {
    for (guint i = 0; i < package->unchecked->len; i++) {
        PackageUnchecked *there = package->unchecked->pdata[i];
        if (strcmp(there->code, code) == 0 && strcmp(there->what, what) == 0) {
            g_free(there->why);
            there->why = g_strdup(why);
            return;
        }
    }
    if (package->unchecked->len >= MAX_FINDINGS)
        return;
    PackageUnchecked *unchecked = g_new0(PackageUnchecked, 1);
    *unchecked = (PackageUnchecked){.code = g_strdup(code), .what = g_strdup(what), .why = g_strdup(why)};
    g_ptr_array_add(package->unchecked, unchecked);
}

void package_now_checked(Package *package, const char *code) {
    for (guint i = package->unchecked->len; i-- > 0;) {
        if (strcmp(((const PackageUnchecked *)package->unchecked->pdata[i])->code, code) == 0)
            g_ptr_array_remove_index(package->unchecked, i);
    }
}

static int compare(gconstpointer a, gconstpointer b) {
    const PackageFinding *one = *(PackageFinding *const *)a, *other = *(PackageFinding *const *)b;
    if (one->severity != other->severity)
        return one->severity < other->severity ? -1 : 1;
    int order = strcmp(one->code, other->code);
    return order != 0 ? order : strcmp(one->text, other->text);
}

void package_sort(Package *package) {
    g_ptr_array_sort(package->findings, compare);
}

const char *package_severity_name(PackageSeverity severity) {
    static const char *const names[] = {[PACKAGE_PROBLEM] = "problem", [PACKAGE_WARNING] = "warning", [PACKAGE_NOTE] = "note"};
    return names[severity];
}

const char *const *package_where_names(guint where) {
    static const char *const names[][4] = {
        {NULL},         {"twine", NULL},         {"index", NULL},         {"twine", "index", NULL},
        {"spec", NULL}, {"twine", "spec", NULL}, {"index", "spec", NULL}, {"twine", "index", "spec", NULL},
    };
    return names[where & 7];
}

json_t *package_finding_json(const PackageFinding *finding) {
    return json_pack("{s: s, s: s, s: o, s: o}", "code", finding->code, "severity", package_severity_name(finding->severity), "text", jsonx_text(finding->text),
                     "where", jsonx_strv(package_where_names(finding->where)));
}

json_t *package_unchecked_json(const PackageUnchecked *unchecked) {
    return json_pack("{s: s, s: o, s: o}", "code", unchecked->code, "what", jsonx_text(unchecked->what), "why", jsonx_text(unchecked->why));
}
