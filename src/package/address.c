/* URLs (RFC 3986) and e-mail addresses (RFC 5321), as far as PyPI looks at them. */
#include "package/metadata.h"

#include <string.h>

bool package_url_is_valid(const char *url) {
    gsize scheme = strcspn(url, ":");
    bool web = (scheme == 4 && g_ascii_strncasecmp(url, "http", 4) == 0) || (scheme == 5 && g_ascii_strncasecmp(url, "https", 5) == 0);
    if (!web || !g_str_has_prefix(url + scheme, "://"))
        return false;
    /* RFC 3986 has none of these unescaped. */
    for (const char *c = url; *c != '\0'; c++) {
        if ((guchar)*c <= ' ' || strchr("\"<>\\^`{|}", *c) != NULL || *c == 0x7f)
            return false;
    }
    const char *host = url + scheme + 3;
    return *host != '\0' && strchr("/?#:", *host) == NULL;
}

void package_field_url(Metadata *metadata, const PackageField *field, const char *value) {
    if (!package_url_is_valid(value))
        package_report(metadata->package, PACKAGE_CHECK_URL, "%s:%u: %s \"%.200s\" is no http or https URL", metadata->where, field->line, field->name, value);
}

/* LABEL, URL */
void package_field_project_url(Metadata *metadata, const PackageField *field, const char *value) {
    g_auto(GStrv) parts = g_strsplit(value, ",", 2);
    const char *label = parts[0] != NULL ? g_strstrip(parts[0]) : "";
    const char *url = parts[0] != NULL && parts[1] != NULL ? g_strstrip(parts[1]) : "";
    const char *problem = NULL;
    if (*label == '\0')
        problem = "has no label";
    else if (g_utf8_strlen(label, -1) > 32)
        problem = "has a label of more than 32 characters";
    else if (*url == '\0')
        problem = "has no URL behind its label and a comma";
    else if (!package_url_is_valid(url))
        problem = "has no http or https URL behind its label";
    if (problem != NULL)
        package_report(metadata->package, PACKAGE_CHECK_PROJECT_URL, "%s:%u: Project-URL \"%.200s\" %s", metadata->where, field->line, value, problem);
}

/* Readers keep them by label. */
void package_check_labels(Metadata *metadata) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint at = 0;
    const PackageField *field;
    while ((field = package_headers_get(metadata->headers, "Project-URL", &at)) != NULL) {
        g_autofree char *label = g_strstrip(g_strndup(field->value, strcspn(field->value, ",")));
        if (!g_hash_table_add(seen, g_strdup(label)))
            package_report(metadata->package, PACKAGE_CHECK_PROJECT_URL, "%s:%u: the label \"%.100s\" of a Project-URL is there twice", metadata->where,
                           field->line, label);
    }
}

/* ---- e-mail ---- */

static bool is_atom(const char *text, gsize length) {
    if (length == 0 || length > 64 || text[0] == '.' || text[length - 1] == '.')
        return false;
    for (gsize i = 0; i < length; i++) {
        bool dots = text[i] == '.' && text[i + 1] == '.';
        if (dots || !(g_ascii_isalnum(text[i]) || (guchar)text[i] >= 0x80 || strchr(".!#$%&'*+/=?^_`{|}~-", text[i]) != NULL))
            return false;
    }
    return true;
}

static bool is_label(const char *label) {
    gsize length = strlen(label);
    bool right = length > 0 && length <= 63 && label[0] != '-' && label[length - 1] != '-';
    for (gsize i = 0; right && i < length; i++)
        right = g_ascii_isalnum(label[i]) || label[i] == '-' || (guchar)label[i] >= 0x80;
    return right;
}

PackageEmail package_email(const char *address) {
    static const char *const reserved[] = {"arpa", "invalid", "local", "localhost", "onion", "test", NULL};
    const char *sign = strrchr(address, '@');
    if (sign == NULL || !is_atom(address, (gsize)(sign - address)) || strlen(sign) > 254)
        return PACKAGE_EMAIL_BROKEN;
    g_auto(GStrv) labels = g_strsplit(sign + 1, ".", -1);
    guint count = g_strv_length(labels);
    for (guint i = 0; i < count; i++) {
        if (!is_label(labels[i]))
            return PACKAGE_EMAIL_BROKEN;
    }
    if (count == 0)
        return PACKAGE_EMAIL_BROKEN;
    g_autofree char *last = g_ascii_strdown(labels[count - 1], -1);
    if (g_strv_contains(reserved, last))
        return PACKAGE_EMAIL_RESERVED;
    return count > 1 && !g_ascii_isdigit(last[0]) ? PACKAGE_EMAIL_RIGHT : PACKAGE_EMAIL_BROKEN;
}

/* The commas that divide addresses stand outside quotes and angle brackets. */
static const char *address_end(const char *from) {
    bool quoted = false, angle = false;
    const char *c = from;
    for (; *c != '\0' && (quoted || angle || *c != ','); c++) {
        if (*c == '\\' && quoted && c[1] != '\0')
            c++;
        else if (*c == '"')
            quoted = !quoted;
        else if (!quoted && (*c == '<' || *c == '>'))
            angle = *c == '<';
    }
    return c;
}

/* NAME <ADDRESS> or ADDRESS */
static char *address_of(const char *from, const char *end) {
    g_autofree char *one = g_strstrip(g_strndup(from, (gsize)(end - from)));
    const char *open = strrchr(one, '<');
    if (open == NULL)
        return g_steal_pointer(&one);
    return g_strstrip(g_strndup(open + 1, strcspn(open + 1, ">")));
}

void package_field_email(Metadata *metadata, const PackageField *field, const char *value) {
    /* PyPI looks at one address that stands alone, and passes over several. */
    bool several = strchr(value, '@') != strrchr(value, '@') || strchr(value, ',') != NULL;
    for (const char *from = value; *from != '\0';) {
        const char *end = address_end(from);
        g_autofree char *address = address_of(from, end);
        PackageEmail kind = package_email(address);
        if (kind == PACKAGE_EMAIL_BROKEN)
            package_report(metadata->package, several ? PACKAGE_CHECK_EMAIL_SEVERAL : PACKAGE_CHECK_EMAIL, "%s:%u: %s: \"%.100s\" is no address",
                           metadata->where, field->line, field->name, address);
        if (kind == PACKAGE_EMAIL_RESERVED)
            package_report(metadata->package, PACKAGE_CHECK_EMAIL_RESERVED, "%s:%u: %s: no mail reaches \"%.100s\"", metadata->where, field->line, field->name,
                           address);
        from = *end == ',' ? end + 1 : end;
    }
}
