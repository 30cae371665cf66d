/* Making the files of a package: what build and rebuild share. Parameters of both:
 *   run        words; {out} is the folder that the files go to
 *   source     path of a work tree; directory: the package's folder in it ("": its top)
 *   expect     patterns, one for each file; without {out} among the words the files are taken from the package's folder by them
 *   epoch      SOURCE_DATE_EPOCH · env, timeout, log · normalise: archives (.tar.gz) are written anew */
#pragma once

#include "effects/artifact.h"

/* Makes them in `folder`, which is emptied first, and checks their names. BUILD_FAILED, TIMEOUT. */
bool effects_make(EffectRun *run, const char *folder, GError **error);
/* [{name, size, sha256}] of all files in a folder, sorted. New reference. */
json_t *effects_measure(const char *folder, GError **error);
/* "DIRECTORY" of the source, absolute; g_free. */
char *effects_make_where(EffectRun *run, GError **error);
/* work_dir and the parameter `out`, a relative path. g_free. */
char *effects_out_folder(EffectRun *run, GError **error);
