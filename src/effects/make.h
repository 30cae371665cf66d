/* Making the files of a package: what build and rebuild share. Parameters of both:
 *   run        words; {out} is the folder that the files go to
 *   source     path of a work tree; directory: the package's folder in it ("": its top)
 *   expect     patterns, one for each file; without {out} among the words the files are taken from the package's folder by them
 *   epoch      SOURCE_DATE_EPOCH · env, env_pass (names of variables that it gets of this environment), timeout, log · normalise: archives (.tar.gz) are
 * written anew */
#pragma once

#include "effects/artifact.h"

/* Makes them in `out`, which is emptied first, and checks their names. BUILD_FAILED, TIMEOUT. */
bool effects_make(EffectRun *run, const Beneath *out, GError **error);
/* The folder that the parameter `out` names. */
Beneath *effects_out_folder(EffectRun *run, GError **error);
/* SOURCE_DATE_EPOCH: the parameter, but no time before 1980, which zip files do not know. */
gint64 effects_epoch(EffectRun *run);

/* What kinds that make files into work_dir/out have in common. effects_made: measures what is there, keeps and results in {folder, files}. */
bool effects_made(EffectRun *run, const Beneath *out, GError **error);
Observed effects_made_inspect(EffectRun *run, GError **error);
bool effects_made_undo(EffectRun *run, GError **error);
