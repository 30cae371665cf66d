#include "version/scheme.h"

#include "base/error.h"

static const char *const names[] = {[VERSION_SEMVER] = "semver", [VERSION_PEP440] = "pep440"};

bool version_scheme_by_name(const char *name, VersionScheme *scheme, GError **error) {
    *scheme = VERSION_SEMVER;
    for (guint i = 0; name != NULL && i < G_N_ELEMENTS(names); i++) {
        if (!g_str_equal(name, names[i]))
            continue;
        *scheme = (VersionScheme)i;
        return true;
    }
    if (name == NULL)
        return true;
    g_autofree char *shown = g_utf8_make_valid(name, -1);
    error_set(error, ERROR_USAGE, "there is no scheme '%s' of versions", shown);
    error_state(error, "nothing was changed");
    error_fix(error, "--scheme semver, or --scheme pep440");
    return false;
}

const char *version_scheme_name(VersionScheme scheme) {
    return names[scheme];
}

AnyVersion *any_version_parse(VersionScheme scheme, const char *text, GError **error) {
    g_autoptr(AnyVersion) version = g_new0(AnyVersion, 1);
    version->scheme = scheme;
    if (scheme == VERSION_PEP440)
        version->pep440 = pep440_parse(text, error);
    else
        version->semver = version_parse(text, error);
    return version->pep440 != NULL || version->semver != NULL ? g_steal_pointer(&version) : NULL;
}

void any_version_free(AnyVersion *version) {
    g_clear_pointer(&version->semver, version_free);
    g_clear_pointer(&version->pep440, pep440_free);
    g_free(version);
}

char *any_version_to_string(const AnyVersion *version) {
    return version->scheme == VERSION_PEP440 ? pep440_to_string(version->pep440) : version_to_string(version->semver);
}

bool any_version_is_prerelease(const AnyVersion *version) {
    return version->scheme == VERSION_PEP440 ? pep440_is_prerelease(version->pep440) : version_is_prerelease(version->semver);
}

int any_version_compare(const AnyVersion *a, const AnyVersion *b) {
    int order = a->scheme == VERSION_PEP440 ? pep440_compare(a->pep440, b->pep440) : version_compare(a->semver, b->semver);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}
