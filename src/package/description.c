/* The description: where it stands, of which type it says it is, and what `twine check` looks at of it. */
#include "package/metadata.h"

#include <string.h>

typedef enum { RST, PLAIN, MARKDOWN, OTHER } Type;

static const char *const type_names[] = {[RST] = "text/x-rst", [PLAIN] = "text/plain", [MARKDOWN] = "text/markdown"};

static Type type_of(const char *name) {
    for (guint i = 0; i < G_N_ELEMENTS(type_names); i++) {
        if (g_ascii_strcasecmp(type_names[i], name) == 0)
            return (Type)i;
    }
    return OTHER;
}

static void bad_type(Metadata *metadata, const char *value, const char *what) {
    package_report(metadata->package, PACKAGE_CHECK_DESCRIPTION_TYPE, "%s: Description-Content-Type \"%.100s\" %s", metadata->where, value, what);
}

/* A token of RFC 2045, which a name and a value without quotes must be. */
static bool is_token(const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        if ((guchar)*c <= ' ' || *c == 0x7f || strchr("()<>@,;:\\\"/[]?=", *c) != NULL)
            return false;
    }
    return *text != '\0';
}

/* NAME=VALUE or NAME="VALUE" */
static bool parse_parameter(char *text, char **name, char **value) {
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return false;
    *equals = '\0';
    *name = g_strstrip(text);
    *value = g_strstrip(equals + 1);
    gsize length = strlen(*value);
    bool quoted = length >= 2 && (*value)[0] == '"' && (*value)[length - 1] == '"';
    if (quoted) {
        (*value)[length - 1] = '\0';
        (*value)++;
    }
    return is_token(*name) && (quoted ? strchr(*value, '"') == NULL : is_token(*value));
}

static void check_parameter(Metadata *metadata, const char *value, Type type, char *parameter) {
    char *name = NULL, *said = NULL;
    if (!parse_parameter(parameter, &name, &said))
        bad_type(metadata, value, "has a parameter that is not NAME=VALUE");
    else if (g_ascii_strcasecmp(name, "charset") == 0 && g_ascii_strcasecmp(said, "UTF-8") != 0)
        bad_type(metadata, value, "has another charset than UTF-8");
    else if (g_ascii_strcasecmp(name, "variant") == 0 && type == MARKDOWN && strcmp(said, "GFM") != 0 && strcmp(said, "CommonMark") != 0)
        bad_type(metadata, value, "has another variant than GFM and CommonMark");
}

static Type check_type(Metadata *metadata, const char *value) {
    g_auto(GStrv) parts = g_strsplit(value, ";", -1);
    const char *name = parts[0] != NULL ? g_strstrip(parts[0]) : "";
    Type type = type_of(name);
    if (type == OTHER)
        bad_type(metadata, value, "is none of text/plain, text/x-rst and text/markdown");
    else if (strcmp(name, type_names[type]) != 0)
        package_report(metadata->package, PACKAGE_CHECK_DESCRIPTION_TYPE_CASE, "%s: twine takes %.40s for reStructuredText; it is written %s", metadata->where,
                       name, type_names[type]);
    for (guint i = 1; parts[0] != NULL && parts[i] != NULL; i++) {
        /* A semicolon at the end is none of the standard's, and every reader takes it. */
        if (*g_strstrip(parts[i]) != '\0')
            check_parameter(metadata, value, type, parts[i]);
    }
    return type;
}

/* Folded with eight blanks, or with "|" behind seven, as old tools wrote it. */
static char *unfold(const char *value) {
    g_auto(GStrv) lines = g_strsplit(value, "\n", -1);
    GString *out = g_string_new(lines[0]);
    for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++) {
        bool folded = g_str_has_prefix(lines[i], "        ") || g_str_has_prefix(lines[i], "       |");
        g_string_append_printf(out, "\n%s", lines[i] + (folded ? 8 : 0));
    }
    return g_string_free(out, FALSE);
}

static char *take_text(Metadata *metadata) {
    const PackageField *field = package_headers_get(metadata->headers, "Description", NULL);
    const char *body = metadata->headers->body;
    if (field == NULL)
        return g_strdup(body);
    if (*body != '\0')
        package_report(metadata->package, PACKAGE_CHECK_DESCRIPTION_TWICE, "%s: the description is a field and the body too", metadata->where);
    return *body != '\0' ? g_strdup(body) : unfold(field->value);
}

static bool is_missing(const char *text) {
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    return *stripped == '\0' || strcmp(stripped, "UNKNOWN") == 0;
}

void package_check_description(Metadata *metadata) {
    Package *package = metadata->package;
    const PackageField *field = package_headers_get(metadata->headers, "Description-Content-Type", NULL);
    g_autofree char *value = field != NULL ? g_strstrip(g_strdup(field->value)) : NULL;
    bool typed = value != NULL && strcmp(value, "UNKNOWN") != 0;
    Type type = typed ? check_type(metadata, value) : RST;
    g_autofree char *text = take_text(metadata);
    bool missing = is_missing(text);
    if (!typed)
        package_report(package, PACKAGE_CHECK_DESCRIPTION_TYPE_MISSING, "%s has no Description-Content-Type; the description is taken as reStructuredText",
                       metadata->where);
    if (missing)
        package_report(package, PACKAGE_CHECK_DESCRIPTION_MISSING, "%s has no description", metadata->where);
    if (missing || type == PLAIN || type == MARKDOWN)
        return;
    package->rst = g_steal_pointer(&text);
    package_not_checked(package, PACKAGE_RENDERING, "whether the description renders", "it was not tried");
}
