/* Versions of both schemes, the mapping between them, tags. */
#include "version/version.h"
#include "fuzz/fuzz.h"
#include "version/pep440.h"

#include <string.h>

static void try_semver(const char *text) {
    g_autoptr(Version) version = version_parse(text, NULL);
    if (version == NULL)
        return;
    g_autofree char *again = version_to_string(version);
    PROMISE(g_str_equal(again, text));
    PROMISE(version_compare(version, version) == 0);
    g_autoptr(Version) next = version_bump(version, "patch", NULL);
    PROMISE(next == NULL || version_compare(next, version) > 0);
    g_autofree char *python = version_to_pep440(version, NULL);
    g_autoptr(Version) back = python != NULL ? version_from_pep440(python, NULL) : NULL;
    PROMISE(python == NULL || (back != NULL && version_compare(back, version) == 0) || g_str_has_prefix(version->pre, "a") ||
            g_str_has_prefix(version->pre, "b") || strchr(version->pre, '.') == NULL);
}

static void try_pep440(const char *text) {
    g_autoptr(Pep440) version = pep440_parse(text, NULL);
    if (version == NULL)
        return;
    g_autofree char *normal = pep440_to_string(version);
    g_autoptr(Pep440) again = pep440_parse(normal, NULL);
    PROMISE(again != NULL && pep440_compare(again, version) == 0);
    g_autofree char *same = pep440_to_string(again);
    PROMISE(g_str_equal(same, normal));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autofree char *text = g_strndup((const char *)data, size);
    try_semver(text);
    try_pep440(text);
    g_autoptr(Version) python = version_from_pep440(text, NULL);
    g_autoptr(Version) tag = version_from_tag(text, "v{version}");
    g_autofree char *pattern = version_pattern(text, "name", "path", NULL);
    (void)pattern;
    (void)python;
    (void)tag;
    return 0;
}
