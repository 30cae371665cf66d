#include "version/version.h"

#include "base/error.h"

#include <string.h>

#define TEXT_LIMIT 256
#define DIGITS_LIMIT 18
#define NUMBER_LIMIT G_GUINT64_CONSTANT(999999999999999999)

void version_free(Version *version) {
    g_free(version->pre);
    g_free(version->build);
    g_free(version);
}

/* ---- reading ---- */

static bool bad(const char *text, gsize at, const char *why, GError **error) {
    g_autofree char *shown = g_utf8_make_valid(text, (gssize)strnlen(text, TEXT_LIMIT));
    error_set(error, ERROR_BAD_VERSION, "'%s' is not a version", shown);
    error_why(error, "at character %" G_GSIZE_FORMAT ": %s", at + 1, why);
    error_state(error, "nothing was changed");
    return false;
}

static bool read_number(const char *text, gsize *at, guint64 *number, GError **error) {
    gsize length = strspn(text + *at, "0123456789");
    if (length == 0)
        return bad(text, *at, "a number is wanted here", error);
    if (length > 1 && text[*at] == '0')
        return bad(text, *at, "a number has no leading zero", error);
    if (length > DIGITS_LIMIT)
        return bad(text, *at, "a number has at most 18 digits", error);
    *number = g_ascii_strtoull(text + *at, NULL, 10);
    *at += length;
    return true;
}

static bool is_identifier_char(char c) {
    return g_ascii_isalnum(c) || c == '-';
}

/* Dot-separated identifiers, none empty; numeric ones of a pre-release without leading zero. */
static bool read_identifiers(const char *text, gsize *at, bool pre, char **result, GError **error) {
    gsize start = *at;
    for (;;) {
        gsize from = *at;
        bool numeric = true;
        for (; is_identifier_char(text[*at]); (*at)++)
            numeric = numeric && g_ascii_isdigit(text[*at]);
        if (*at == from)
            return bad(text, *at, "an identifier is empty or has a character that is not [0-9A-Za-z-]", error);
        if (pre && numeric && *at - from > 1 && text[from] == '0')
            return bad(text, from, "a number has no leading zero", error);
        if (text[*at] != '.')
            break;
        (*at)++;
    }
    *result = g_strndup(text + start, *at - start);
    return true;
}

static bool read_core(const char *text, gsize *at, Version *version, GError **error) {
    guint64 *numbers[] = {&version->major, &version->minor, &version->patch};
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (i > 0 && text[(*at)++] != '.')
            return bad(text, *at - 1, "a dot and a number are wanted here: MAJOR.MINOR.PATCH", error);
        if (!read_number(text, at, numbers[i], error))
            return false;
    }
    return true;
}

static bool read_all(const char *text, Version *version, GError **error) {
    gsize at = 0;
    if (strnlen(text, TEXT_LIMIT + 1) > TEXT_LIMIT)
        return bad(text, TEXT_LIMIT, "a version has at most 256 characters", error);
    if (!read_core(text, &at, version, error))
        return false;
    if (text[at] == '-' && (at++, !read_identifiers(text, &at, true, &version->pre, error)))
        return false;
    if (text[at] == '+' && (at++, !read_identifiers(text, &at, false, &version->build, error)))
        return false;
    return text[at] == '\0' || bad(text, at, "nothing more is wanted here", error);
}

Version *version_parse(const char *text, GError **error) {
    g_autoptr(Version) version = g_new0(Version, 1);
    return read_all(text, version, error) ? g_steal_pointer(&version) : NULL;
}

/* ---- writing and comparing ---- */

char *version_to_string(const Version *version) {
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT "%s%s%s%s", version->major, version->minor, version->patch,
                           version->pre != NULL ? "-" : "", version->pre != NULL ? version->pre : "", version->build != NULL ? "+" : "",
                           version->build != NULL ? version->build : "");
}

static int compare_numbers(guint64 a, guint64 b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

/* Numeric identifiers have no leading zeros, so the longer is the larger: no limit on their size is needed. */
static int compare_identifiers(const char *a, gsize a_length, const char *b, gsize b_length) {
    bool a_numeric = strspn(a, "0123456789") >= a_length;
    bool b_numeric = strspn(b, "0123456789") >= b_length;
    if (a_numeric != b_numeric)
        return a_numeric ? -1 : 1;
    int by_length = (a_length > b_length) - (a_length < b_length);
    if (a_numeric && by_length != 0)
        return by_length;
    int order = memcmp(a, b, MIN(a_length, b_length));
    return order != 0 ? order : by_length;
}

/* In place: sorting many versions compares each of them often. */
static int compare_pre(const char *a, const char *b) {
    if (a == NULL || b == NULL)
        return a == b ? 0 : a == NULL ? 1 : -1;
    for (;;) {
        gsize a_length = strcspn(a, "."), b_length = strcspn(b, ".");
        int order = compare_identifiers(a, a_length, b, b_length);
        if (order != 0)
            return order;
        a += a_length;
        b += b_length;
        if (*a == '\0' || *b == '\0')
            return (*a != '\0') - (*b != '\0');
        a++;
        b++;
    }
}

int version_compare(const Version *a, const Version *b) {
    int order = compare_numbers(a->major, b->major);
    order = order != 0 ? order : compare_numbers(a->minor, b->minor);
    order = order != 0 ? order : compare_numbers(a->patch, b->patch);
    return order != 0 ? order : compare_pre(a->pre, b->pre);
}

bool version_is_prerelease(const Version *version) {
    return version->pre != NULL;
}

/* What is written must be readable again. */
static bool fits(const Version *next, const Version *version, GError **error) {
    if (MAX(next->major, MAX(next->minor, next->patch)) <= NUMBER_LIMIT)
        return true;
    g_autofree char *text = version_to_string(version);
    error_set(error, ERROR_BAD_VERSION, "%s cannot be raised", text);
    error_why(error, "a number has at most %d digits", DIGITS_LIMIT);
    error_state(error, "nothing was changed");
    error_fix(error, "raise a part in front of it: minor or major");
    return false;
}

Version *version_bump(const Version *version, const char *part, GError **error) {
    g_autoptr(Version) next = g_new0(Version, 1);
    *next = (Version){.major = version->major, .minor = version->minor, .patch = version->patch};
    bool pre = version->pre != NULL;
    if (g_str_equal(part, "patch")) {
        next->patch += pre ? 0 : 1;
    } else if (g_str_equal(part, "minor")) {
        next->minor += pre && version->patch == 0 ? 0 : 1;
        next->patch = 0;
    } else if (g_str_equal(part, "major")) {
        next->major += pre && version->patch == 0 && version->minor == 0 ? 0 : 1;
        next->minor = next->patch = 0;
    } else {
        error_set(error, ERROR_BAD_VERSION, "'%s' is no part of a version", part);
        error_state(error, "nothing was changed");
        error_fix(error, "one of patch, minor, major");
        return NULL;
    }
    return fits(next, version, error) ? g_steal_pointer(&next) : NULL;
}

/* ---- tags ---- */

char *version_expand(const char *pattern, const Version *version) {
    g_autofree char *text = version_to_string(version);
    GString *out = g_string_new(pattern);
    g_string_replace(out, "{version}", text, 0);
    return g_string_free(out, FALSE);
}

Version *version_from_tag(const char *tag, const char *pattern) {
    const char *hole = strstr(pattern, "{version}");
    if (hole == NULL)
        return NULL;
    gsize before = (gsize)(hole - pattern);
    const char *behind = hole + strlen("{version}");
    gsize length = strlen(tag);
    if (length < before + strlen(behind) || strncmp(tag, pattern, before) != 0 || !g_str_has_suffix(tag, behind))
        return NULL;
    g_autofree char *text = g_strndup(tag + before, length - before - strlen(behind));
    return version_parse(text, NULL);
}
