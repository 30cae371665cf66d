/* The folder that a directory forge is: made, entered by one process at a time, left without a trace when nothing came of it. Private to this folder.
 *
 * Below it: TAG/ for every release, latest → TAG, index.html, and while drafts are open .drafts/TAG/. Nothing else in it is ever touched. */
#pragma once

#include "base/error.h"

#define FORGE_DRAFTS ".drafts"
#define FORGE_LATEST "latest"

/* The right to change the folder; left when it is cleared. */
typedef struct {
    int fd;
    char *path;
} ForgeLock;
void forge_lock_clear(ForgeLock *lock);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ForgeLock, forge_lock_clear)

/* Waits (one minute at most, then LOCKED) until no other process changes the folder, removes what killed ones left half done, then returns with the lock held.
 * `make`: makes the folder and .drafts; otherwise a missing folder is CONFLICT. */
bool forge_folder_enter(const char *path, bool make, ForgeLock *lock, GError **error);
/* Removes .drafts when it is empty, and with it the folder, if slipway made it and it holds nothing. To be called with the lock held. */
bool forge_folder_tidy(const char *path, GError **error);
/* Removes what is left of a folder whose making or removing was cut off. For a folder that is not there. */
bool forge_folder_clear(const char *path, GError **error);
/* Files that fs_write and fs_copy leave behind when they are killed: is it one; remove all of one folder. */
bool forge_folder_is_leftover(const char *name);
bool forge_folder_sweep(const char *path, GError **error);
bool forge_folder_is_dir(const char *path); /* a real one, not a link to one */
