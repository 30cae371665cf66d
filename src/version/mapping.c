/* Between SemVer and PEP 440. An allow-list: a wrong guess would publish a release that sorts in the wrong place. */
#include "base/error.h"
#include "version/pep440.h"
#include "version/version.h"

#include <string.h>

typedef struct {
    const char *semver, *pep440;
} Spelling;

/* In the order in which they are tried: longer words first. */
static const Spelling spellings[] = {{"alpha", "a"}, {"beta", "b"}, {"rc", "rc"}, {"dev", ".dev"}, {"a", "a"}, {"b", "b"}};

static char *unmappable(const Version *version, GError **error) {
    g_autofree char *text = version_to_string(version);
    error_set(error, ERROR_BAD_VERSION, "%s has no PEP 440 form, which this project's Python manifests need", text);
    error_why(error, "only alpha, beta, rc and dev with one number map without guessing, and no build metadata");
    error_state(error, "nothing was changed");
    error_fix(error, "use a version like 1.1.0-rc.1");
    return NULL;
}

char *version_to_pep440(const Version *version, GError **error) {
    g_autofree char *core = g_strdup_printf("%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT ".%" G_GUINT64_FORMAT, version->major, version->minor, version->patch);
    if (version->build != NULL)
        return unmappable(version, error);
    if (version->pre == NULL)
        return g_steal_pointer(&core);
    for (guint i = 0; i < G_N_ELEMENTS(spellings); i++) {
        if (!g_str_has_prefix(version->pre, spellings[i].semver))
            continue;
        const char *number = version->pre + strlen(spellings[i].semver);
        number += *number == '.' ? 1 : 0;
        bool digits = strspn(number, "0123456789") == strlen(number);
        bool canonical = *number != '0' || number[1] == '\0';
        if (digits && canonical && version->pre[strlen(version->pre) - 1] != '.')
            return g_strconcat(core, spellings[i].pep440, *number != '\0' ? number : "0", NULL);
    }
    return unmappable(version, error);
}

static Version *unraisable(const char *text, GError **error) {
    g_autofree char *shown = g_utf8_make_valid(text, (gssize)strnlen(text, 256));
    error_set(error, ERROR_BAD_VERSION, "'%s' is not a version that slipway can raise", shown);
    error_why(error, "it is neither MAJOR.MINOR.PATCH nor a PEP 440 version without epoch, post and local part, of two or three numbers");
    error_state(error, "nothing was changed");
    return NULL;
}

static const char *semver_word(const Pep440 *parsed) {
    for (guint i = 0; parsed->pre_word != NULL && i < G_N_ELEMENTS(spellings); i++) {
        if (g_str_equal(spellings[i].pep440, parsed->pre_word))
            return spellings[i].semver;
    }
    return "dev";
}

/* Only what is written in its normal form is known to come back the same. */
Version *version_from_pep440(const char *text, GError **error) {
    g_autoptr(Pep440) parsed = pep440_parse(text, NULL);
    g_autofree char *normal = parsed != NULL ? pep440_to_string(parsed) : NULL;
    g_autofree char *bare = normal != NULL && parsed->dev != NULL && g_str_equal(parsed->dev, "0") ? g_strndup(normal, strlen(normal) - 1) : NULL;
    bool same = normal != NULL && (g_str_equal(normal, text) || g_strcmp0(bare, text) == 0);
    bool plain = same && parsed->post == NULL && parsed->local == NULL && g_str_equal(parsed->epoch, "0") && !(parsed->pre != NULL && parsed->dev != NULL);
    guint count = plain ? parsed->release->len : 0;
    if (count < 2 || count > 3)
        return unraisable(text, error);
    GString *semver = g_string_new(NULL);
    for (guint i = 0; i < 3; i++)
        g_string_append_printf(semver, "%s%s", i > 0 ? "." : "", i < count ? (const char *)g_ptr_array_index(parsed->release, i) : "0");
    const char *number = parsed->pre != NULL ? parsed->pre : parsed->dev;
    if (number != NULL)
        g_string_append_printf(semver, "-%s.%s", semver_word(parsed), number);
    g_autofree char *whole = g_string_free(semver, FALSE);
    Version *version = version_parse(whole, NULL);
    return version != NULL ? version : unraisable(text, error);
}
