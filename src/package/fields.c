#include "package/metadata.h"
#include "version/pep440.h"

#include <string.h>

/* What PyPI takes. */
#define SUMMARY_LIMIT 512

void package_field_any(Metadata *metadata, const PackageField *field, const char *value) {
    (void)metadata;
    (void)field;
    (void)value;
}

bool package_name_is_valid(const char *name) {
    gsize length = strlen(name);
    for (gsize i = 0; i < length; i++) {
        bool inner = i > 0 && i < length - 1 && strchr("._-", name[i]) != NULL;
        if (!g_ascii_isalnum(name[i]) && !inner)
            return false;
    }
    return length > 0;
}

/* Not the stripped value: indexes take the name as it stands. */
void package_field_name(Metadata *metadata, const PackageField *field, const char *value) {
    (void)value;
    if (!package_name_is_valid(field->value))
        package_report(metadata->package, PACKAGE_CHECK_NAME, "%s has the name \"%.100s\", which is not allowed", metadata->where, field->value);
}

void package_field_version(Metadata *metadata, const PackageField *field, const char *value) {
    (void)field;
    g_autoptr(Pep440) version = pep440_parse(value, NULL);
    if (version == NULL) {
        package_report(metadata->package, PACKAGE_CHECK_VERSION, "%s has the version \"%.100s\", which is not allowed", metadata->where, value);
        return;
    }
    g_autofree char *normal = pep440_to_string(version);
    if (strcmp(normal, value) != 0)
        package_report(metadata->package, PACKAGE_CHECK_VERSION_NORMALISED, "%s: the version %.100s is not in its canonical form %.100s", metadata->where,
                       value, normal);
    if (version->local != NULL)
        package_report(metadata->package, PACKAGE_CHECK_VERSION_LOCAL, "%s: public indexes refuse the local version %.100s", metadata->where, value);
}

void package_field_summary(Metadata *metadata, const PackageField *field, const char *value) {
    /* U+0085, U+2028 and U+2029 end a line too for the reader that indexes use. */
    bool lines = strpbrk(value, "\n\v\f\x1c\x1d\x1e") != NULL || strstr(value, "\xc2\x85") != NULL || strstr(value, "\xe2\x80\xa8") != NULL ||
                 strstr(value, "\xe2\x80\xa9") != NULL;
    glong length = g_utf8_strlen(value, -1);
    if (lines)
        package_report(metadata->package, PACKAGE_CHECK_SUMMARY_LINES, "%s:%u: the Summary has more than one line", metadata->where, field->line);
    if (length > SUMMARY_LIMIT)
        package_report(metadata->package, PACKAGE_CHECK_SUMMARY_TOO_LONG, "%s:%u: the Summary has %ld characters; %d are allowed", metadata->where, field->line,
                       length, SUMMARY_LIMIT);
}

void package_field_keywords(Metadata *metadata, const PackageField *field, const char *value) {
    if (strchr(value, ',') == NULL && strchr(value, ' ') != NULL)
        package_report(metadata->package, PACKAGE_CHECK_KEYWORDS, "%s:%u: the Keywords have no commas, so they are one keyword", metadata->where, field->line);
}

void package_field_extra(Metadata *metadata, const PackageField *field, const char *value) {
    if (!package_name_is_valid(field->value)) {
        package_report(metadata->package, PACKAGE_CHECK_EXTRA, "%s:%u: \"%.100s\" cannot name an extra", metadata->where, field->line, value);
        return;
    }
    g_autofree char *normal = package_normalise(value);
    g_strdelimit(normal, "_", '-');
    if (metadata->version >= 23 && strcmp(normal, value) != 0)
        package_report(metadata->package, PACKAGE_CHECK_EXTRA_NORMALISED, "%s:%u: since metadata 2.3 the extra %.100s is written %s", metadata->where,
                       field->line, value, normal);
}

/* Two extras of one normal form are one to an installer. */
void package_check_extras(Metadata *metadata) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint at = 0;
    const PackageField *field;
    while ((field = package_headers_get(metadata->headers, "Provides-Extra", &at)) != NULL) {
        g_autofree char *value = g_strstrip(g_strdup(field->value));
        if (!g_hash_table_add(seen, package_normalise(value)))
            package_report(metadata->package, PACKAGE_CHECK_EXTRA_TWICE, "%s:%u: the extra %.100s is there twice", metadata->where, field->line, value);
    }
}

void package_field_dynamic(Metadata *metadata, const PackageField *field, const char *value) {
    static const char *const never[] = {"name", "version", "metadata-version", NULL};
    g_autofree char *name = g_ascii_strdown(value, -1);
    if (g_strv_contains(never, name))
        package_report(metadata->package, PACKAGE_CHECK_DYNAMIC, "%s:%u: %s may not be Dynamic", metadata->where, field->line, value);
    else if (!package_field_is_known(name))
        package_report(metadata->package, PACKAGE_CHECK_DYNAMIC, "%s:%u: Dynamic names %.100s, which is no field", metadata->where, field->line, value);
}

void package_field_requires_dist(Metadata *metadata, const PackageField *field, const char *value) {
    bool url = false;
    g_autofree char *problem = package_requirement_problem(value, &url);
    if (problem != NULL)
        package_report(metadata->package, PACKAGE_CHECK_REQUIREMENT, "%s:%u: %s \"%.200s\": %s", metadata->where, field->line, field->name, value, problem);
    else if (url)
        package_report(metadata->package, PACKAGE_CHECK_REQUIREMENT_URL, "%s:%u: public indexes refuse the direct URL of %s \"%.200s\"", metadata->where,
                       field->line, field->name, value);
}

void package_field_requires_python(Metadata *metadata, const PackageField *field, const char *value) {
    g_autofree char *problem = package_specifiers_problem(value);
    if (problem != NULL)
        package_report(metadata->package, PACKAGE_CHECK_REQUIRES_PYTHON, "%s:%u: Requires-Python \"%.100s\": %s", metadata->where, field->line, value, problem);
}

/* ---- what is imported (metadata 2.5) ---- */

/* Python's identifiers are Unicode's; beyond ASCII a letter or a digit is taken. */
static bool is_identifier(const char *word) {
    for (const char *c = word; *c != '\0'; c = g_utf8_next_char(c)) {
        gunichar character = g_utf8_get_char(c);
        bool start = character == '_' || (character < 0x80 ? g_ascii_isalpha(*c) : g_unichar_isalpha(character));
        if (!start && (c == word || !(g_unichar_isalnum(character) || g_unichar_ismark(character))))
            return false;
    }
    return *word != '\0';
}

static bool is_keyword(const char *word) {
    static const char *const keywords[] = {"False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
                                           "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
                                           "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
                                           "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield",    NULL};
    return g_strv_contains(keywords, word);
}

/* NAME(.NAME)* [; private] */
void package_field_import_name(Metadata *metadata, const PackageField *field, const char *value) {
    bool namespace = g_ascii_strcasecmp(field->name, "Import-Namespace") == 0;
    if (*value == '\0' && !namespace)
        return;
    const char *semicolon = strchr(field->value, ';');
    g_autofree char *name = g_strchomp(g_strndup(value, strcspn(value, ";")));
    g_auto(GStrv) words = g_strsplit(name, ".", -1);
    const char *bad = *name == '\0' ? "" : NULL;
    for (guint i = 0; words[i] != NULL && bad == NULL; i++)
        bad = is_identifier(words[i]) && !is_keyword(words[i]) ? NULL : words[i];
    if (bad != NULL)
        package_report(metadata->package, PACKAGE_CHECK_IMPORT_NAME, "%s:%u: %s \"%.100s\": \"%.50s\" cannot be imported", metadata->where, field->line,
                       field->name, value, bad);
    else if (semicolon != NULL && strcmp(semicolon + 1 + strspn(semicolon + 1, " \t"), "private") != 0)
        package_report(metadata->package, PACKAGE_CHECK_IMPORT_NAME, "%s:%u: %s \"%.100s\": only \"private\" may stand behind the semicolon", metadata->where,
                       field->line, field->name, value);
}

static char *import_of(const PackageField *field) {
    return g_strstrip(g_strndup(field->value, strcspn(field->value, ";")));
}

/* One name is a module or a namespace; an empty Import-Name, "nothing", stands alone. */
void package_check_imports(Metadata *metadata) {
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint at = 0;
    const PackageField *field;
    while ((field = package_headers_get(metadata->headers, "Import-Name", &at)) != NULL)
        g_hash_table_add(names, import_of(field));
    if (g_hash_table_size(names) > 1 && g_hash_table_contains(names, ""))
        package_report(metadata->package, PACKAGE_CHECK_IMPORT_NAME, "%s: an empty Import-Name says that nothing is imported, but others stand beside it",
                       metadata->where);
    at = 0;
    while ((field = package_headers_get(metadata->headers, "Import-Namespace", &at)) != NULL) {
        g_autofree char *name = import_of(field);
        if (g_hash_table_contains(names, name))
            package_report(metadata->package, PACKAGE_CHECK_IMPORT_NAME, "%s:%u: %.100s is an Import-Name and an Import-Namespace", metadata->where,
                           field->line, name);
    }
}
