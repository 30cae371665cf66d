#include "package/parts.h"

#include <string.h>

static char *field_name(const char *line) {
    const char *colon = strchr(line, ':');
    return colon != NULL && colon > line ? g_strndup(line, (gsize)(colon - line)) : NULL;
}

/* Folded lines (first byte blank or tab, also "|" behind blanks as old tools wrote it) belong to the field before. */
static void add_folded(GPtrArray *values, const char *line) {
    char **last = (char **)&values->pdata[values->len - 1];
    g_autofree char *joined = g_strconcat(*last, "\n", g_strchug((char *)line), NULL);
    g_free(*last);
    *last = g_steal_pointer(&joined);
}

GPtrArray *package_headers(const char *text, const char *name) {
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool ours = false;
    for (guint i = 0; lines[i] != NULL; i++) {
        g_strchomp(lines[i]);
        if (*lines[i] == '\0')
            break;
        if (strchr(" \t", lines[i][0]) != NULL) {
            if (ours)
                add_folded(values, lines[i]);
            continue;
        }
        g_autofree char *field = field_name(lines[i]);
        ours = field != NULL && g_ascii_strcasecmp(field, name) == 0;
        if (ours)
            g_ptr_array_add(values, g_strdup(g_strchug(strchr(lines[i], ':') + 1)));
    }
    return values;
}

static char *only(Package *package, const char *text, const char *name, const char *where, bool must) {
    g_autoptr(GPtrArray) values = package_headers(text, name);
    if (values->len == 0 && must)
        package_problem(package, "%s has no %s", where, name);
    if (values->len > 1)
        package_problem(package, "%s has %u fields %s", where, values->len, name);
    return values->len > 0 ? g_strdup(values->pdata[0]) : NULL;
}

static void check_metadata_version(Package *package, const char *text, const char *where) {
    g_autofree char *version = only(package, text, "Metadata-Version", where, true);
    if (version != NULL && !g_regex_match_simple("^[12]\\.[0-9]+$", version, 0, 0))
        package_problem(package, "%s has the unknown Metadata-Version %.20s", where, version);
}

static void check_name(Package *package, const char *where) {
    if (package->name != NULL && !g_regex_match_simple("^([A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9])$", package->name, G_REGEX_DOLLAR_ENDONLY, 0))
        package_problem(package, "%s has the name \"%.100s\", which is not allowed", where, package->name);
}

/* PEP 440's canonical form. */
#define NUMBER "(0|[1-9][0-9]*)"
#define CANONICAL "^([1-9][0-9]*!)?" NUMBER "(\\." NUMBER ")*((a|b|rc)" NUMBER ")?(\\.post" NUMBER ")?(\\.dev" NUMBER ")?(\\+[a-z0-9]+(\\.[a-z0-9]+)*)?$"

static void check_version(Package *package, const char *where) {
    if (package->version == NULL)
        return;
    if (!g_regex_match_simple("^[A-Za-z0-9.!+_-]+$", package->version, G_REGEX_DOLLAR_ENDONLY, 0))
        package_problem(package, "%s has the version \"%.100s\", which is not allowed", where, package->version);
    else if (!g_regex_match_simple(CANONICAL, package->version, G_REGEX_DOLLAR_ENDONLY, 0))
        package_warning(package, "%s: the version %.100s is not in its canonical form", where, package->version);
    else if (strchr(package->version, '+') != NULL)
        package_warning(package, "%s: public indexes refuse the local version %.100s", where, package->version);
}

static void take_requires(Package *package, const char *text) {
    g_autoptr(GPtrArray) all = package_headers(text, "Requires-Dist");
    for (guint i = 0; i < all->len; i++) {
        const char *marker = strchr(all->pdata[i], ';');
        if (marker == NULL || !g_regex_match_simple("\\bextra\\b", marker, 0, 0))
            g_ptr_array_add(package->requires, g_strdup(all->pdata[i]));
    }
}

void package_take_metadata(Package *package, const char *text, const char *where) {
    if (!g_utf8_validate(text, -1, NULL)) {
        package_problem(package, "%s is not UTF-8", where);
        return;
    }
    check_metadata_version(package, text, where);
    package->name = only(package, text, "Name", where, true);
    package->version = only(package, text, "Version", where, true);
    package->summary = only(package, text, "Summary", where, false);
    package->requires_python = only(package, text, "Requires-Python", where, false);
    check_name(package, where);
    check_version(package, where);
    take_requires(package, text);
}
