/* Pre-releases: which one comes next; and tag patterns. */
#include "base/error.h"
#include "version/version.h"

#include <string.h>

/* So that every version made of it stays within the limits of version.h. */
#define WORD_LIMIT 128

/* ---- pre-releases ---- */

static Version *bad_word(const char *word, GError **error) {
    g_autofree char *shown = g_utf8_make_valid(word, (gssize)strnlen(word, 256));
    error_set(error, ERROR_BAD_VERSION, "'%s' cannot name a pre-release", shown);
    error_why(error, "it is a word of at most %d letters, digits and '-' that is no number (SemVer 9)", WORD_LIMIT);
    error_state(error, "nothing was changed");
    error_fix(error, "use alpha, beta or rc");
    return NULL;
}

static bool is_word(const char *word) {
    bool digits_only = true;
    for (const char *p = word; *p != '\0'; p++) {
        if (!g_ascii_isalnum(*p) && *p != '-')
            return false;
        digits_only = digits_only && g_ascii_isdigit(*p);
    }
    return *word != '\0' && !digits_only && strlen(word) <= WORD_LIMIT;
}

static Version *with_pre(const Version *core, const char *word, guint64 number) {
    Version *version = g_new0(Version, 1);
    *version = (Version){.major = core->major, .minor = core->minor, .patch = core->patch};
    version->pre = g_strdup_printf("%s.%" G_GUINT64_FORMAT, word, number);
    return version;
}

/* rc.1 → 1; a form that does not count on (rc, rc1, rc.1.2) is -1. */
static gint64 counter_of(const char *pre, const char *word) {
    gsize length = strlen(word);
    if (strncmp(pre, word, length) != 0 || pre[length] != '.')
        return -1;
    const char *digits = pre + length + 1;
    gsize count = strspn(digits, "0123456789");
    return count > 0 && count < 18 && digits[count] == '\0' ? g_ascii_strtoll(digits, NULL, 10) : -1;
}

static bool same_core(const Version *a, const Version *b) {
    return a->major == b->major && a->minor == b->minor && a->patch == b->patch;
}

/* The pre-release of this core behind `current`, which has the same core. */
static Version *count_on(const Version *current, const char *word, GError **error) {
    gint64 number = counter_of(current->pre, word);
    g_autoptr(Version) next = with_pre(current, word, number >= 0 ? (guint64)number + 1 : 1);
    if (version_compare(next, current) > 0)
        return g_steal_pointer(&next);
    g_autofree char *now = version_to_string(current);
    g_autofree char *wanted = version_to_string(next);
    error_set(error, ERROR_BAD_VERSION, "%s would sort before %s", wanted, now);
    error_why(error, "pre-releases of one version go up: alpha, beta, rc");
    error_state(error, "nothing was changed");
    error_fix(error, "take a word that sorts behind '%s', or release the version itself", current->pre);
    return NULL;
}

static Version *next_of(const Version *current, const Version *last_final, const char *part, const char *word, GError **error) {
    if (part == NULL && current->pre != NULL)
        return count_on(current, word, error);
    const Version *base = current->pre != NULL && last_final != NULL ? last_final : current;
    g_autoptr(Version) core = version_bump(base, part != NULL ? part : "patch", error);
    if (core == NULL)
        return NULL;
    /* What is on its way already may be more than was asked for: 1.3.0-rc.1 goes on to rc.2, whatever the part. */
    bool on_its_way = current->pre != NULL && (same_core(core, current) || version_compare(core, current) < 0);
    return on_its_way ? count_on(current, word, error) : with_pre(core, word, 1);
}

/* The manifests may lag behind: 1.3.0-rc.2 in them, 1.3.0 released. Nobody would ever be offered a 1.3.0-rc.3. */
static bool is_released(const Version *next, const Version *last_final, GError **error) {
    if (last_final == NULL || version_compare(next, last_final) > 0)
        return false;
    g_autofree char *wanted = version_to_string(next);
    g_autofree char *released = version_to_string(last_final);
    error_set(error, ERROR_BAD_VERSION, "%s would sort before %s", wanted, released);
    error_why(error, "%s is released already", released);
    error_state(error, "nothing was changed");
    error_fix(error, "bring the manifests up to it first: slipway version %s", released);
    return true;
}

Version *version_bump_pre(const Version *current, const Version *last_final, const char *part, const char *word, GError **error) {
    if (!is_word(word))
        return bad_word(word, error);
    g_autoptr(Version) next = next_of(current, last_final, part, word, error);
    return next != NULL && !is_released(next, last_final, error) ? g_steal_pointer(&next) : NULL;
}

/* ---- patterns ---- */

static bool bad_pattern(const char *pattern, const char *why, GError **error) {
    g_autofree char *shown = g_utf8_make_valid(pattern, (gssize)strnlen(pattern, 256));
    error_set(error, ERROR_CONFIG, "'%s' is no pattern for tags", shown);
    error_why(error, "%s", why);
    error_state(error, "nothing was changed");
    error_fix(error, "use {version} once, and {name} or {path} where wanted: {name}-v{version}");
    return false;
}

bool version_pattern_check(const char *pattern, GError **error) {
    static const char *const known[] = {"{version}", "{name}", "{path}"};
    guint versions = 0;
    for (const char *open = strchr(pattern, '{'); open != NULL; open = strchr(open + 1, '{')) {
        bool found = false;
        for (guint i = 0; i < G_N_ELEMENTS(known); i++)
            found = found || g_str_has_prefix(open, known[i]);
        if (!found)
            return bad_pattern(pattern, "it has a word in braces that is none of {version}, {name}, {path}", error);
        versions += g_str_has_prefix(open, known[0]) ? 1 : 0;
    }
    return versions == 1 || bad_pattern(pattern, versions == 0 ? "it has no {version}" : "it has {version} more than once", error);
}

/* In one pass: a {path} that came with the name is not a hole of the pattern. */
static char *fill(const char *pattern, const char *name, const char *path) {
    GString *out = g_string_new(NULL);
    for (const char *p = pattern; *p != '\0'; p++) {
        const char *value = g_str_has_prefix(p, "{name}") ? name : g_str_has_prefix(p, "{path}") ? path : NULL;
        if (value == NULL) {
            g_string_append_c(out, *p);
            continue;
        }
        g_string_append(out, value);
        p += strlen("{name}") - 1;
    }
    return g_string_free(out, FALSE);
}

char *version_pattern(const char *pattern, const char *name, const char *path, GError **error) {
    if (!version_pattern_check(pattern, error))
        return NULL;
    bool brace = (strstr(pattern, "{name}") != NULL && strchr(name, '{') != NULL) || (strstr(pattern, "{path}") != NULL && strchr(path, '{') != NULL);
    if (!brace)
        return fill(pattern, name, path);
    bad_pattern(pattern, "the name or the path that it takes has a brace of its own", error);
    error_fix(error, "leave {name} and {path} out of it: v{version}");
    return NULL;
}
