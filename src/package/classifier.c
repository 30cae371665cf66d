/* Classifiers: their form, and whether they are known to the list that Debian's python3-trove-classifiers installs. That list is data in a Python file; it is
 * read as text, so that no Python need be started. */
#include "base/fs.h"
#include "package/metadata.h"

#include <string.h>

#define LIST "/usr/lib/python3/dist-packages/trove_classifiers/__init__.py"
#define LIST_LIMIT (1u << 20)
/* Fewer would be a file of another form. */
#define LIST_LEAST 300
#define CODE "metadata/classifier-known"

typedef struct {
    GHashTable *known;   /* of char* */
    GHashTable *retired; /* the same */
    GPtrArray *names;    /* borrowed from known, NULL-ended */
} List;

/* "    "A :: B"," in a list, "    "A :: B": […]," in the dictionary of retired ones. */
static void take_line(List *list, const char *line, bool retired) {
    g_auto(GStrv) parts = g_strsplit(line, "\"", 3);
    if (g_strv_length(parts) != 3 || strstr(parts[1], " :: ") == NULL || *g_strstrip(parts[0]) != '\0')
        return;
    char *name = g_strdup(parts[1]);
    if (g_hash_table_add(retired ? list->retired : list->known, name) && !retired)
        g_ptr_array_add(list->names, name);
}

static const List *read_list(void) {
    static List list;
    static gsize done = 0;
    if (g_once_init_enter(&done)) {
        list.known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        list.retired = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        list.names = g_ptr_array_new();
        g_autoptr(GBytes) bytes = fs_read(LIST, LIST_LIMIT, NULL);
        gsize length = 0;
        const char *data = bytes != NULL ? g_bytes_get_data(bytes, &length) : NULL;
        g_autofree char *text = g_strndup(data != NULL ? data : "", length);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        bool retired = false;
        for (guint i = 0; lines[i] != NULL; i++) {
            retired = retired || g_str_has_prefix(lines[i], "deprecated_classifiers");
            take_line(&list, lines[i], retired);
        }
        g_ptr_array_add(list.names, NULL);
        g_once_init_leave(&done, 1);
    }
    return list.names->len > LIST_LEAST ? &list : NULL;
}

/* "A :: B", with text in every part. */
static bool has_form(const char *value) {
    g_auto(GStrv) parts = g_strsplit(value, " :: ", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        bool blank = *parts[i] == '\0' || g_ascii_isspace(parts[i][0]) || g_ascii_isspace(parts[i][strlen(parts[i]) - 1]);
        if (blank || strstr(parts[i], "::") != NULL)
            return false;
    }
    /* "Typing" would be the only one of one part, and it is written "Typing :: Typed". */
    return g_strv_length(parts) > 1 && strpbrk(value, "\n\t") == NULL;
}

void package_field_classifier(Metadata *metadata, const PackageField *field, const char *value) {
    if (!has_form(value))
        package_report(metadata->package, PACKAGE_CHECK_CLASSIFIER, "%s:%u: the Classifier \"%.100s\" is not of the form A :: B", metadata->where, field->line,
                       value);
    else if (g_str_has_prefix(value, "Private ::"))
        package_report(metadata->package, PACKAGE_CHECK_CLASSIFIER_PRIVATE, "%s:%u: public indexes refuse the classifier %.100s", metadata->where, field->line,
                       value);
}

static bool same_family(const char *value, const List *list) {
    gsize length = strstr(value, " :: ") != NULL ? (gsize)(strstr(value, " :: ") - value) + 4 : 0;
    for (char *const *name = (char *const *)list->names->pdata; *name != NULL; name++) {
        if (strncmp(*name, value, length) == 0)
            return true;
    }
    return false;
}

/* Equal but for case, or by one letter changed, missing, too many or swapped with its neighbour in a last part long enough for that to be no other name. Digits
 * are no slip: 3.11 and 3.14 may both be right. */
static bool is_slip(const char *value, const char *known) {
    if (g_ascii_strcasecmp(value, known) == 0)
        return true;
    gsize a = strlen(value), b = strlen(known), from = 0;
    while (value[from] != '\0' && value[from] == known[from])
        from++;
    while (a > from && b > from && value[a - 1] == known[b - 1]) {
        a--;
        b--;
    }
    bool swapped = a - from == 2 && b - from == 2 && value[from] == known[from + 1] && value[from + 1] == known[from];
    const char *last = strrchr(known, ':');
    bool digits = g_ascii_isdigit(value[from]) || g_ascii_isdigit(known[from]);
    return !digits && last != NULL && strlen(last) > strlen(": four") && (swapped || (a - from <= 1 && b - from <= 1));
}

static const char *slip_of(const char *value, const List *list) {
    for (guint i = 0; i + 1 < list->names->len; i++) {
        if (is_slip(value, list->names->pdata[i]))
            return list->names->pdata[i];
    }
    return NULL;
}

/* The list may be older than the classifier. What differs from a known one by a slip is wrong; the rest is not known. */
static void judge_unknown(Metadata *metadata, const PackageField *field, const char *value, const List *list, GString *left) {
    const char *near = slip_of(value, list);
    bool closed = g_str_has_prefix(value, "Development Status ::");
    if (near != NULL)
        package_report(metadata->package, PACKAGE_CHECK_CLASSIFIER_UNKNOWN, "%s:%u: there is no classifier \"%.100s\"; \"%s\" is meant?", metadata->where,
                       field->line, value, near);
    else if (closed || !same_family(value, list))
        package_report(metadata->package, PACKAGE_CHECK_CLASSIFIER_UNKNOWN, "%s:%u: there is no classifier \"%.100s\"", metadata->where, field->line, value);
    else if (left->len < 500)
        g_string_append_printf(left, "%s\"%.100s\"", left->len > 0 ? ", " : "", value);
}

static void judge(Metadata *metadata, const PackageField *field, const List *list, GString *left) {
    g_autofree char *value = g_strstrip(g_strdup(field->value));
    if (!has_form(value) || g_str_has_prefix(value, "Private ::") || g_hash_table_contains(list->known, value))
        return;
    if (g_hash_table_contains(list->retired, value))
        package_report(metadata->package, PACKAGE_CHECK_CLASSIFIER_RETIRED, "%s:%u: indexes have retired the classifier %.100s", metadata->where, field->line,
                       value);
    else
        judge_unknown(metadata, field, value, list, left);
}

void package_check_classifiers(Metadata *metadata) {
    guint at = 0;
    const PackageField *field = package_headers_get(metadata->headers, "Classifier", &at);
    const List *list = field != NULL ? read_list() : NULL;
    if (field != NULL && list == NULL)
        package_not_checked(metadata->package, CODE, "whether the classifiers are known", "python3-trove-classifiers is not installed");
    if (list == NULL)
        return;
    g_autoptr(GString) left = g_string_new(NULL);
    for (; field != NULL; field = package_headers_get(metadata->headers, "Classifier", &at))
        judge(metadata, field, list, left);
    g_autofree char *what = g_strconcat("whether there are classifiers ", left->str, NULL);
    if (left->len > 0)
        package_not_checked(metadata->package, CODE, what, "Debian's list does not have them, and may be older than they are");
}
