/* Web pages of a forge that is a folder: plain HTML and CSS, no script, nothing fetched. The same releases always give the same bytes. Private to this folder.
 */
#pragma once

#include "forge/forge.h"

/* Every page holds this; a page without it is not slipway's. */
#define FORGE_PAGE_SIGN "<meta name=\"generator\" content=\"slipway\">"

/* Folder of a release below the forge's, as the pages link to it. g_free. */
char *forge_page_folder(const char *tag);
/* The forge's own page: `releases` newest first, `latest` the tag that has the badge or NULL. g_free. */
char *forge_page_index(const char *title, GPtrArray *releases, const char *latest);
/* The page of one release, which stands in its folder. g_free. */
char *forge_page_release(const char *title, const ForgeRelease *release);
