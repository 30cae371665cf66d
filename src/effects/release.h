/* What the kinds about releases on a forge share. Every one of them has the parameter `forge`, by which the forge is opened, and `tag` or `release`. */
#pragma once

#include "effects/artifact.h"
#include "forge/forge.h"

/* Opens the forge of the effect; params.draft, or what the effect itself kept as "id", is the id of the draft that this run made. */
Forge *effects_forge(EffectRun *run, GError **error);
/* The tag: params.tag, or params.release.tag. PLAN_BROKEN without one. Borrowed. */
const char *effects_tag(EffectRun *run, GError **error);
/* Whose release it is: params.mark (of an earlier run, when that one's release is changed), else this run's. Borrowed. */
const char *effects_mark(EffectRun *run);
/* params.release {tag, name, notes, target, prerelease, created} as a value. NULL and PLAN_BROKEN when a part is missing. */
ForgeRelease *effects_release(EffectRun *run, GError **error);
/* What inspect answers when looking failed: CONFLICT is OBSERVED_DIFFERENT (and no error), anything else OBSERVED_UNKNOWN with the error. */
Observed effects_trouble(EffectRun *run, GError *problem, GError **error);
/* The commit that the tag has on the remote; NULL: it is not there. g_free. */
bool effects_remote_tag(EffectRun *run, const char *remote, const char *tag, char **commit, GError **error);
/* Looks for the release of the tag; *release NULL: there is none. False: see effects_trouble. */
bool effects_find(Forge *forge, const char *tag, ForgeRelease **release, GError **error);
/* Opens the forge and looks for the release of the effect's tag; *release NULL: there is none. */
bool effects_open_and_find(EffectRun *run, Forge **forge, ForgeRelease **release, GError **error);
/* Does it carry this run's mark? */
bool effects_is_own(EffectRun *run, const ForgeRelease *is);
const char *effects_owner(const ForgeRelease *is); /* its mark, or "without a mark": for words. Borrowed */
/* Reads an asset into folder/NAME, if it is what `file` says; NOT_VERIFIED otherwise. Its path, g_free. */
char *effects_fetch_asset(Forge *forge, const char *tag, const EffectsFile *file, const char *folder, GError **error);
/* "the directory forge /srv/releases", "GitHub (https://github.com/acme/tool)". g_free. */
char *effects_shown_forge(const json_t *params);
