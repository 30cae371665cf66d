/* Keeps a child from writing beside what is named, and from the network: Landlock (landlock(7)) and name spaces, set between fork and exec. Private to
 * process_fork.c. */
#pragma once

#include "base/process.h"

typedef struct {
    int rules; /* of Landlock; -1: none */
    bool alone;
    char uid_map[32], gid_map[32]; /* nobody but this user is known in a name space of its own */
} ProcessFence;

/* What spec asks for, made ready before the fork. 0, or errno's number: this machine does not grant it. Close it. */
int process_fence_open(const ProcessSpec *spec, ProcessFence *fence);
/* In the child, once it is what it shall be. Calls nothing but what signal-safety(7) allows and plain system calls. False with errno. */
bool process_fence_enter(const ProcessFence *fence);
void process_fence_close(ProcessFence *fence);
