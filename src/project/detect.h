/* Which of the presets (gate/presets.def) the files of a project ask for, and the commands that they come to on this machine. */
#pragma once

#include "project/gates.h"

/* Of Gate*, in the order of the presets. */
GPtrArray *detect_gates(const World *world);
