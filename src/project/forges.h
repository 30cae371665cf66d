/* Which forge a project's releases go to: as forge.kind says, else by the host of the remote, else a directory. */
#pragma once

#include "project/world.h"

/* Fills in forge, forge_by_itself and forge_problem. */
void forges_choose(World *world);
