/* Between SemVer and PEP 440. An allow-list: a wrong guess would publish a release that sorts in the wrong place. */
#include "base/error.h"
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

Version *version_from_pep440(const char *text, GError **error) {
    g_autoptr(GRegex) form = g_regex_new("^(0|[1-9][0-9]{0,17})\\.(0|[1-9][0-9]{0,17})(?:\\.(0|[1-9][0-9]{0,17}))?(?:(a|b|rc|\\.dev)(0|[1-9][0-9]*|))?$",
                                         G_REGEX_RAW | G_REGEX_DOLLAR_ENDONLY, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(form, text, 0, &match)) {
        g_autofree char *shown = g_utf8_make_valid(text, (gssize)strnlen(text, 256));
        error_set(error, ERROR_BAD_VERSION, "'%s' is not a version that slipway can raise", shown);
        error_why(error, "it is neither MAJOR.MINOR.PATCH nor a plain PEP 440 version");
        error_state(error, "nothing was changed");
        return NULL;
    }
    Version *version = g_new0(Version, 1);
    guint64 *numbers[] = {&version->major, &version->minor, &version->patch};
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autofree char *number = g_match_info_fetch(match, (gint)i + 1);
        *numbers[i] = number != NULL ? g_ascii_strtoull(number, NULL, 10) : 0;
    }
    g_autofree char *word = g_match_info_fetch(match, 4);
    g_autofree char *count = g_match_info_fetch(match, 5);
    for (guint i = 0; word != NULL && *word != '\0' && i < G_N_ELEMENTS(spellings) && version->pre == NULL; i++) {
        if (g_str_equal(spellings[i].pep440, word))
            version->pre = g_strdup_printf("%s.%s", spellings[i].semver, *count != '\0' ? count : "0");
    }
    return version;
}
