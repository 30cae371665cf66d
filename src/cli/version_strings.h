/* `slipway version parse|compare|sort`: versions as scripts need them; no repository is wanted. */
#pragma once

#include "base/error.h"

/* args: versions, or "-" for one a line on standard input (LF or CRLF, at most 8192 bytes; what is longer, holds a NUL
 * or is not UTF-8 is no version). scheme: semver, pep440 or NULL for semver.
 *
 * parse prints the normal form of each, or "invalid": status 1 if one was. compare prints <, = or >. sort prints them as they came, lowest first, equal ones
 * in the order they came in. json: {schema, versions: [{input, valid, normalized, prerelease, …}]}: semver has major, minor, patch, pre, build; pep440 epoch,
 * release[], pre, post, dev, local[], whose numbers are strings, for they have no limit; an invalid one has error. compare: {schema, order: -1, 0 or 1}.
 *
 * Returns the exit status. Errors: USAGE; BAD_VERSION (compare and sort: names the line or the argument); IO and INTERRUPTED while reading. */
int version_strings_parse(char **args, const char *scheme, bool json, GError **error);
int version_strings_compare(char **args, const char *scheme, bool json, GError **error);
int version_strings_sort(char **args, const char *scheme, bool json, GError **error);
