// SPDX-License-Identifier: MIT
// What stands behind file descriptors that the simulated kernel gave out: buffers, syncobjs and
// fences, recognised again by their inode. Under the kernel's lock.
//
// A process that closes such a descriptor tells nobody. A syncobj or fence is one end of
// a socket pair, whose other end sees it; an exported card buffer stays until its card is closed.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <utility>

#include "core/unique_fd.hpp"
#include "transport/sim/objects.hpp"

namespace s4::sim {

class SharedFds {
 public:
  // A descriptor that stands for the object, or -errno. All are close-on-exec.
  int export_syncobj(const std::shared_ptr<Syncobj>& syncobj);
  // Becomes readable when the fences are signalled.
  int export_fences(const FenceSet& fences);
  int export_bo(const std::shared_ptr<Bo>& bo);

  // Null when the descriptor is no such thing.
  std::shared_ptr<Syncobj> syncobj(int fd) const;
  const FenceSet* fences(int fd) const;
  std::shared_ptr<Bo> bo(int fd) const;

 private:
  using Inode = std::pair<dev_t, ino_t>;
  struct Entry {
    std::shared_ptr<Syncobj> syncobj;
    std::shared_ptr<FenceSet> fences;
    std::shared_ptr<Bo> bo;                   // card memory, kept
    std::weak_ptr<Bo> host;                   // host memory: the pages keep themselves
    std::shared_ptr<core::UniqueFd> our_end;  // of a socket pair
  };
  int export_pair(Entry entry);
  const Entry* find(int fd) const;
  void collect();
  std::map<Inode, Entry> entries_;
};

}  // namespace s4::sim
