/* A release of a directory forge on disk: FOLDER/release.json, FOLDER/notes.md, FOLDER/assets/. Private to this folder.
 *
 * release.json: {schema, tag, name, state, mark, target, prerelease, created, published, assets: [{name, size, sha256}]}. An asset is named there before its
 * bytes are written: what is named but not there (or of another size) is a half upload; what is there but not named is not slipway's. */
#pragma once

#include "forge/forge.h"

/* Reads what stands in root/folder ("v1.1.0", ".drafts/v1.1.0"), half uploads included. *release NULL: nothing is there.
 * CONFLICT: something is, but no release that slipway wrote. */
bool forge_record_load(const char *root, const char *folder, ForgeRelease **release, GError **error);
bool forge_record_save(const char *root, const char *folder, const ForgeRelease *release, GError **error);
/* Takes half uploads out of the list. */
void forge_record_drop_half(ForgeRelease *release, const char *root, const char *folder);
/* All assets whole and nothing in the folder that is not slipway's? CONFLICT names what is wrong. Removes what killed writes left. `complete`: half uploads are
 * wrong too. */
bool forge_record_check(const ForgeRelease *release, const char *root, const char *folder, bool complete, GError **error);
/* Puts name, size and digest into the list, sorted; replaces one of that name. */
void forge_record_set_asset(ForgeRelease *release, const char *name, guint64 size, const char *sha256);
bool forge_record_remove_asset(ForgeRelease *release, const char *name);
