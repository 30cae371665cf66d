#include "package/names.h"

#include <string.h>

#define MAX_NAME 4096
#define MAX_PART 255

/* Of several stars only the last one need ever be tried again. */
bool package_name_matches(const char *glob, const char *name) {
    const char *star = NULL, *again = NULL;
    while (*name != '\0') {
        if (*glob == '*') {
            star = glob++;
            again = name;
        } else if (*glob != '\0' && (*glob == '?' || *glob == *name)) {
            glob++;
            name++;
        } else if (star != NULL) {
            glob = star + 1;
            name = ++again;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

/* 2^61 - 1: a polynomial over its field with a random point collides by chance alone. */
#define PRIME ((G_GUINT64_CONSTANT(1) << 61) - 1)

static guint64 hash_key(void) {
    static guint64 key;
    static gsize once;
    if (g_once_init_enter(&once)) {
        key = ((guint64)g_random_int() << 29 ^ g_random_int()) % PRIME;
        key = MAX(key, 1u << 16);
        g_once_init_leave(&once, 1);
    }
    return key;
}

void package_name_step(guint64 *state, guint8 byte) {
    unsigned __int128 product = (unsigned __int128)(*state + byte + 1) * hash_key();
    guint64 sum = (guint64)(product & PRIME) + (guint64)(product >> 61);
    *state = sum >= PRIME ? sum - PRIME : sum;
}

guint package_name_fold(guint64 state) {
    return (guint)(state ^ state >> 32);
}

guint package_name_hash(gconstpointer name) {
    guint64 state = 0;
    for (const guint8 *at = name; *at != 0; at++)
        package_name_step(&state, *at);
    return package_name_fold(state);
}

/* One part between slashes. */
static const char *part_fault(const char *part, gsize length) {
    if (length == 0)
        return "it has an empty part";
    if (length == 1 && part[0] == '.')
        return "it has a part \".\"";
    if (length == 2 && memcmp(part, "..", 2) == 0)
        return "it leads out of the archive";
    return length > MAX_PART ? "it has a part longer than 255 bytes" : NULL;
}

/* Also what turns the direction of text, so that a name is read as another (Unicode TR 9, "Explicit Directional Formatting"). */
static bool has_control(const char *path) {
    for (const char *at = path; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);
        if (g_unichar_iscntrl(letter) || (letter >= 0x202a && letter <= 0x202e) || (letter >= 0x2066 && letter <= 0x2069))
            return true;
    }
    return false;
}

const char *package_name_fault(const char *path) {
    gsize length = strlen(path);
    if (length == 0)
        return "it is empty";
    if (length > MAX_NAME)
        return "it is longer than 4096 bytes";
    if (path[0] == '/')
        return "it is absolute";
    if (!g_utf8_validate(path, (gssize)length, NULL))
        return "it is not UTF-8";
    if (has_control(path))
        return "it holds a control character";
    if (strchr(path, '\\') != NULL)
        return "it holds a backslash";
    if (g_ascii_isalpha(path[0]) && path[1] == ':')
        return "it begins with a drive letter";
    for (const char *part = path; part != NULL;) {
        const char *end = strchrnul(part, '/');
        const char *fault = part_fault(part, (gsize)(end - part));
        if (fault != NULL)
            return fault;
        part = *end == '/' ? end + 1 : NULL;
    }
    return NULL;
}

bool package_link_stays(const char *path, const char *target) {
    if (*target == '\0' || *target == '/' || strchr(target, '\\') != NULL || (g_ascii_isalpha(target[0]) && target[1] == ':'))
        return false;
    gint64 depth = 0;
    for (const char *at = path; (at = strchr(at, '/')) != NULL; at++)
        depth++;
    g_auto(GStrv) parts = g_strsplit(target, "/", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        if (strcmp(parts[i], "..") == 0)
            depth--;
        else if (*parts[i] != '\0' && strcmp(parts[i], ".") != 0)
            depth++;
        if (depth < 0)
            return false;
    }
    return true;
}

char *package_name_folded(const char *path) {
    bool ascii = true;
    for (const char *at = path; ascii && *at != '\0'; at++)
        ascii = (guchar)*at < 0x80;
    if (ascii)
        return g_ascii_strdown(path, -1);
    if (!g_utf8_validate(path, -1, NULL))
        return g_strdup(path);
    g_autofree char *composed = g_utf8_normalize(path, -1, G_NORMALIZE_ALL_COMPOSE);
    return g_utf8_casefold(composed, -1);
}
