#include "package/metadata.h"

#include <string.h>

#define NEWEST 25 /* what indexes accept */

typedef enum { ONCE, MANY, REQUIRED } Count;

typedef struct {
    const char *name;
    guint since;
    Count count;
    PackageFieldCheck *check;
} Row;

static const Row rows[] = {
#define METADATA_FIELD(name, since, count, check) {name, since, count, package_field_##check},
#include "package/fields.def"
#undef METADATA_FIELD
};

static const Row *row_of(const char *name) {
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (g_ascii_strcasecmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}

bool package_field_is_known(const char *name) {
    return row_of(name) != NULL;
}

static guint count_of(const PackageHeaders *headers, const char *name) {
    guint at = 0, count = 0;
    while (package_headers_get(headers, name, &at) != NULL)
        count++;
    return count;
}

/* Form feeds and the like stay: they are none of a reader's blanks. */
static char *without_blanks(const char *value) {
    const char *from = value + strspn(value, " \t\n");
    gsize length = strlen(from);
    while (length > 0 && strchr(" \t\n", from[length - 1]) != NULL)
        length--;
    return g_strndup(from, length);
}

/* ---- the version of the metadata ---- */

static void check_metadata_version(Metadata *metadata) {
    static const char *const known[] = {"1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", NULL};
    const PackageField *field = package_headers_get(metadata->headers, "Metadata-Version", NULL);
    if (field == NULL)
        return;
    g_autofree char *value = without_blanks(field->value);
    bool shape = g_ascii_isdigit(value[0]) && value[1] == '.' && g_ascii_isdigit(value[2]) && value[3] == '\0';
    metadata->version = shape ? (guint)((value[0] - '0') * 10 + value[2] - '0') : 0;
    /* Not the stripped value: indexes take it as it stands. */
    if (g_strv_contains(known, field->value))
        return;
    if (metadata->version == 20)
        package_report(metadata->package, PACKAGE_CHECK_METADATA_VERSION_RETIRED, "%s has the Metadata-Version 2.0, which never became a standard",
                       metadata->where);
    else if (metadata->version > NEWEST && value[0] == '2')
        package_report(metadata->package, PACKAGE_CHECK_METADATA_VERSION_NEWER, "%s has the Metadata-Version %s; 2.5 is the newest that indexes accept",
                       metadata->where, value);
    else
        package_report(metadata->package, PACKAGE_CHECK_METADATA_VERSION, "%s has the unknown Metadata-Version %.20s", metadata->where, value);
}

/* ---- each field by its row ---- */

/* setuptools up to 76 writes License-File into metadata 2.1; every reader passes over it. */
static bool is_passed_over(const Row *row) {
    return strcmp(row->name, "License-File") == 0;
}

static void check_since(Metadata *metadata, const PackageField *field, const Row *row) {
    if (metadata->version == 0 || row->since <= metadata->version || is_passed_over(row))
        return;
    package_report(metadata->package, PACKAGE_CHECK_FIELD_EARLY, "%s:%u: %s is a field of metadata %u.%u; this is metadata %u.%u", metadata->where, field->line,
                   row->name, row->since / 10, row->since % 10, metadata->version / 10, metadata->version % 10);
}

static bool has_control(const char *value) {
    for (const char *c = value; *c != '\0'; c++) {
        if (((guchar)*c < 0x20 && *c != '\t' && *c != '\n') || *c == 0x7f)
            return true;
    }
    return false;
}

static void check_field(Metadata *metadata, const PackageField *field) {
    const Row *row = row_of(field->name);
    if (row == NULL) {
        package_report(metadata->package, PACKAGE_CHECK_FIELD_UNKNOWN, "%s:%u: there is no field %.100s", metadata->where, field->line, field->name);
        return;
    }
    if (has_control(field->value))
        package_report(metadata->package, PACKAGE_CHECK_METADATA_CONTROL, "%s:%u: %s holds a control character", metadata->where, field->line, row->name);
    check_since(metadata, field, row);
    g_autofree char *value = without_blanks(field->value);
    row->check(metadata, field, value);
}

static void check_counts(Metadata *metadata) {
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint count = rows[i].count == MANY ? 0 : count_of(metadata->headers, rows[i].name);
        if (rows[i].count == REQUIRED && count == 0)
            package_report(metadata->package, PACKAGE_CHECK_FIELD_MISSING, "%s has no %s", metadata->where, rows[i].name);
        if (count > 1)
            package_report(metadata->package, PACKAGE_CHECK_FIELD_TWICE, "%s has %u fields %s", metadata->where, count, rows[i].name);
    }
}

static void check_lines(Metadata *metadata) {
    const PackageHeaders *headers = metadata->headers;
    if (headers->broken_line > 0)
        package_report(metadata->package, PACKAGE_CHECK_METADATA_BROKEN_LINE, "%s:%u: this line is no field; all from here on is taken as the description",
                       metadata->where, headers->broken_line);
    if (headers->too_many)
        package_report(metadata->package, PACKAGE_CHECK_METADATA_TOO_MANY_FIELDS, "%s has more than %u fields", metadata->where, headers->fields->len);
    for (guint i = 0; i < headers->fields->len; i++)
        check_field(metadata, headers->fields->pdata[i]);
}

/* ---- what others want to know ---- */

static char *first(const Metadata *metadata, const char *name) {
    const PackageField *field = package_headers_get(metadata->headers, name, NULL);
    return field != NULL ? g_strstrip(g_strdup(field->value)) : NULL;
}

static void take_identity(Metadata *metadata) {
    Package *package = metadata->package;
    package->name = first(metadata, "Name");
    package->version = first(metadata, "Version");
    package->summary = first(metadata, "Summary");
    package->requires_python = first(metadata, "Requires-Python");
    guint at = 0;
    const PackageField *field;
    while ((field = package_headers_get(metadata->headers, "Requires-Dist", &at)) != NULL) {
        const char *marker = strchr(field->value, ';');
        if (marker == NULL || !g_regex_match_simple("\\bextra\\b", marker, 0, 0))
            g_ptr_array_add(package->requires, g_strstrip(g_strdup(field->value)));
    }
}

/* One check, one function, one row. */
static void (*const checks[])(Metadata *metadata) = {
    take_identity,          check_metadata_version,    check_counts,         check_lines,          package_check_description,
    package_check_licenses, package_check_classifiers, package_check_extras, package_check_labels, package_check_imports,
};

void package_take_metadata(Package *package, const PackageMembers *members, const char *where, const char *licenses) {
    const char *text = package_members_text(members, where);
    if (text == NULL) {
        package_report(package, PACKAGE_CHECK_METADATA_MISSING, "%.200s is missing", where);
        return;
    }
    if (!g_utf8_validate(text, -1, NULL)) {
        package_report(package, PACKAGE_CHECK_METADATA_NOT_UTF8, "%s is not UTF-8", where);
        return;
    }
    g_autoptr(PackageHeaders) headers = package_headers_parse(text);
    g_autofree char *shown = g_strndup(where, 200);
    Metadata metadata = {.package = package, .members = members, .headers = headers, .where = shown, .licenses = licenses};
    for (guint i = 0; i < G_N_ELEMENTS(checks); i++)
        checks[i](&metadata);
}
