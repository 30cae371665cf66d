#include "package/tar_pax.h"

#include <string.h>

typedef struct {
    char *key, *value;
    gsize value_length;
} Record;

static void record_clear(Record *record) {
    g_free(record->key);
    g_free(record->value);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Record, record_clear)

void package_tar_pax_clear(TarPax *pax) {
    g_free(pax->path);
    g_free(pax->link);
}

/* 0: it is no record. */
static gsize parse(const guint8 *text, gsize left, Record *record) {
    gsize length = 0, at = 0;
    for (; at < left && at < 9 && g_ascii_isdigit(text[at]); at++)
        length = length * 10 + (gsize)(text[at] - '0');
    if (at == 0 || at >= left || text[at] != ' ' || length > left || length < at + 4 || text[length - 1] != '\n')
        return 0;
    const guint8 *key = text + at + 1, *end = text + length - 1;
    const guint8 *equals = memchr(key, '=', (gsize)(end - key));
    if (equals == NULL || equals == key)
        return 0;
    record->key = g_strndup((const char *)key, (gsize)(equals - key));
    record->value_length = (gsize)(end - equals - 1);
    record->value = g_malloc(record->value_length + 1);
    memcpy(record->value, equals + 1, record->value_length);
    record->value[record->value_length] = '\0';
    return length;
}

static bool whole_number(const char *text, guint64 *value) {
    char *end = NULL;
    *value = g_ascii_strtoull(text, &end, 10);
    return g_ascii_isdigit(*text) && *end == '\0' && strlen(text) <= 18;
}

static char *take_name(char **name, Record *record) {
    if (strlen(record->value) != record->value_length || record->value_length == 0)
        return g_strdup("is followed by a pax header whose path holds a NUL byte or nothing");
    if (*name != NULL)
        return g_strdup("is followed by a member with two names");
    *name = g_steal_pointer(&record->value);
    return NULL;
}

/* A pax header's size, path and link target count instead of the header's own. */
static char *take(TarPax *pax, Record *record) {
    const char *key = record->key;
    if (strcmp(key, "path") == 0)
        return take_name(&pax->path, record);
    if (strcmp(key, "linkpath") == 0)
        return take_name(&pax->link, record);
    if (strcmp(key, "size") == 0 && (pax->has_size || !whole_number(record->value, &pax->size)))
        return g_strdup("is followed by a pax header whose size is no number, negative, or there twice");
    else if (strcmp(key, "size") == 0)
        pax->has_size = true;
    else if (strcmp(key, "mtime") == 0) {
        pax->mtime = g_ascii_strtoll(record->value, NULL, 10);
        pax->has_mtime = true;
    } else if (strcmp(key, "uname") == 0 || strcmp(key, "gname") == 0)
        pax->owner_named = pax->owner_named || record->value_length > 0;
    else if (g_str_has_prefix(key, "GNU.sparse.") || g_str_has_prefix(key, "SCHILY.realsize"))
        pax->sparse = true;
    return NULL;
}

static bool names_a_member(const char *key) {
    static const char *const keys[] = {"path", "linkpath", "size", "hdrcharset", NULL};
    return g_strv_contains(keys, key) || g_str_has_prefix(key, "GNU.sparse.");
}

char *package_tar_pax(const guint8 *text, gsize length, bool global, TarPax *pax) {
    for (gsize at = 0; at < length;) {
        g_auto(Record) record = {0};
        gsize step = parse(text + at, length - at, &record);
        if (step == 0)
            return g_strdup("is followed by a broken pax header");
        if (global && names_a_member(record.key))
            return g_strdup_printf("is followed by a global pax header that sets \"%.40s\" for all that follows", record.key);
        char *fault = global ? NULL : take(pax, &record);
        if (fault != NULL)
            return fault;
        at += step;
    }
    return NULL;
}
