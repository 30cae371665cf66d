/* Versions: SemVer 2.0.0 (semver.org), and what Python's PEP 440 makes of them. Pure.
 *
 * Numbers are at most 18 digits (BAD_VERSION beyond); the whole at most 256 bytes. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    guint64 major, minor, patch;
    char *pre;   /* without its '-'; NULL: none */
    char *build; /* without its '+'; NULL: none */
} Version;

/* BAD_VERSION names the position. A leading v is a tag's, not a version's. */
Version *version_parse(const char *text, GError **error);
void version_free(Version *version);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Version, version_free)
char *version_to_string(const Version *version);
/* SemVer section 11; build metadata does not count. <0, 0, >0. */
int version_compare(const Version *a, const Version *b);
bool version_is_prerelease(const Version *version);
/* part: patch, minor or major. From a pre-release: its own core where that is already such a step (1.1.0-rc.1 → minor 1.1.0).
 * BAD_VERSION for another part and for a number beyond the limit. */
Version *version_bump(const Version *version, const char *part, GError **error);

/* The next pre-release named `word` ("rc": rc.1, rc.2, …) on the way to the version that `part` asks for; part NULL: of the one that is on its way. From
 * 1.2.0, minor: 1.3.0-rc.1; from 1.3.0-rc.1: 1.3.0-rc.2; from 1.3.0-beta.2: 1.3.0-rc.1. From a final version with part NULL: as patch. last_final: the last
 * release, or NULL. BAD_VERSION for a word that is none (or longer than 128), and for what would sort lower than what is there or was released. */
Version *version_bump_pre(const Version *current, const Version *last_final, const char *part, const char *word, GError **error);

/* Patterns of tags hold {version} once, and may hold {name} and {path}. Error CONFIG. */
bool version_pattern_check(const char *pattern, GError **error);
/* {name} and {path} put in, once: what they hold is not looked at again, so a brace in one that is used is refused. Error CONFIG. g_free. */
char *version_pattern(const char *pattern, const char *name, const char *path, GError **error);
/* "{version}" in the pattern replaced. g_free. */
char *version_expand(const char *pattern, const Version *version);
/* NULL when the tag is not the pattern's, or what stands for {version} is no version. */
Version *version_from_tag(const char *tag, const char *pattern);

/* The PEP 440 form; only what maps without guessing: no pre-release, alpha|a, beta|b, rc with at most one number, dev. BAD_VERSION for all else. */
char *version_to_pep440(const Version *version, GError **error);
/* N.N[.N][aN|bN|rcN|.devN] in canonical form; BAD_VERSION for what has no SemVer (epochs, post, local, four numbers). */
Version *version_from_pep440(const char *text, GError **error);
