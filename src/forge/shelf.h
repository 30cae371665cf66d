/* The public face of a directory forge: which folder a tag has, which releases stand there, which is the latest, and the pages. Private to this folder. */
#pragma once

#include "forge/forge.h"

typedef struct {
    char *path;
    char *title;
} ForgeShelf;

/* The folder of a tag below the forge's. g_free. UNTRUSTED_PATH for a tag that cannot be one. */
char *forge_shelf_folder(const char *tag, GError **error);
/* The release of a tag where it stands, draft or not, half uploads included; *place is its folder below the forge's. *release NULL: there is none. */
bool forge_shelf_locate(const ForgeShelf *shelf, const char *tag, ForgeRelease **release, char **place, GError **error);
/* All but drafts, newest first. What is no release of slipway's is passed over. */
GPtrArray *forge_shelf_list(const ForgeShelf *shelf, GError **error);
/* The tag that `latest` points to, if that is a public release below the forge's folder. g_free. */
char *forge_shelf_latest(const ForgeShelf *shelf);
bool forge_shelf_point_latest(const ForgeShelf *shelf, const char *folder, GError **error); /* NULL: none */

/* CONFLICT when something that is not slipway's stands where slipway will write. */
bool forge_shelf_check(const ForgeShelf *shelf, GError **error);
bool forge_shelf_write_index(const ForgeShelf *shelf, GError **error);
bool forge_shelf_write_release(const ForgeShelf *shelf, const ForgeRelease *release, const char *place, GError **error);
/* Do both pages say what there is? */
bool forge_shelf_is_settled(const ForgeShelf *shelf, const ForgeRelease *release, const char *place);
