/*
 * The plainest page fault handler in C that speaks Firecracker's protocol: the reference that the
 * page server is measured against. It polls the userfaultfd, reads one message, and copies.
 *
 *   uffd_handler SOCKET MEMORY_FILE serve PAGES    serves faults, PAGES of 4 KiB around each
 *   uffd_handler SOCKET MEMORY_FILE batch PAGES    installs everything, PAGES per call; prints
 *                                                  "installed BYTES ns NS", then serves faults
 *
 * One guest after the other; ends when its standard input does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, REGIONS_MAX = 64 };

struct region {
  uint64_t base, size, offset;
};

static struct region regions[REGIONS_MAX];
static int region_count;

static void die(const char *what) {
  fprintf(stderr, "uffd_handler: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t number_after(const char *item, const char *key) {
  const char *at = strstr(item, key);
  return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

/* The VMM writes its keys in one order and without spaces; that is all this program reads. */
static void parse(const char *text) {
  region_count = 0;
  for (const char *item = text; (item = strstr(item, "{\"base_host_virt_addr\":")) && region_count < REGIONS_MAX; item++)
    regions[region_count++] = (struct region){number_after(item, "\"base_host_virt_addr\":"), number_after(item, "\"size\":"), number_after(item, "\"offset\":")};
}

static int receive(int connection) {
  static char text[65536];
  char control[CMSG_SPACE(sizeof(int))];
  struct iovec bytes = {text, sizeof text - 1};
  struct msghdr message = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
  if (n <= 0) return -1;
  text[n] = 0;
  parse(text);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  int fd = -1;
  if (header && header->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

static void install_all(int uffd, const char *memory, uint64_t step) {
  uint64_t total = 0, start = now_ns();
  for (int i = 0; i < region_count; i++)
    for (uint64_t at = 0; at < regions[i].size; at += step) {
      uint64_t length = regions[i].size - at < step ? regions[i].size - at : step;
      struct uffdio_copy copy = {.dst = regions[i].base + at, .src = (uint64_t)(memory + regions[i].offset + at), .len = length};
      if (ioctl(uffd, UFFDIO_COPY, &copy) && errno != EEXIST) die("UFFDIO_COPY");
      total += length;
    }
  printf("installed %lu ns %lu\n", total, now_ns() - start);
  fflush(stdout);
}

static void answer(int uffd, const char *memory, uint64_t address, uint64_t window) {
  for (int i = 0; i < region_count; i++) {
    if (address < regions[i].base || address >= regions[i].base + regions[i].size) continue;
    uint64_t at = (address - regions[i].base) & -window;
    uint64_t length = regions[i].size - at < window ? regions[i].size - at : window;
    struct uffdio_copy copy = {.dst = regions[i].base + at, .src = (uint64_t)(memory + regions[i].offset + at), .len = length};
    if (ioctl(uffd, UFFDIO_COPY, &copy) && errno == EEXIST) {
      struct uffdio_range range = {regions[i].base + at, length};
      ioctl(uffd, UFFDIO_WAKE, &range);
    }
    return;
  }
}

/* Until the guest is gone, which shows as an error of a call, or until standard input ends. */
static int serve(int uffd, const char *memory, uint64_t window) {
  for (;;) {
    struct pollfd fds[2] = {{uffd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    if (poll(fds, 2, 200) < 0) die("poll");
    if (fds[1].revents) return 0;
    if (!fds[0].revents) {
      struct uffdio_continue probe = {.range = {0x80000, PAGE}};
      if (ioctl(uffd, UFFDIO_CONTINUE, &probe) && errno == ESRCH) return 1;
      continue;
    }
    struct uffd_msg message;
    if (read(uffd, &message, sizeof message) == sizeof message && message.event == UFFD_EVENT_PAGEFAULT)
      answer(uffd, memory, message.arg.pagefault.address, window);
  }
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int file = open(argv[2], O_RDONLY | O_CLOEXEC);
  struct stat info;
  if (file < 0 || fstat(file, &info)) die(argv[2]);
  char *memory = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) die("mmap");
  uint64_t window = strtoull(argv[4], NULL, 10) * PAGE;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4)) die(argv[1]);
  printf("up\n");
  fflush(stdout);
  for (;;) {
    struct pollfd fds[2] = {{listener, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0) die("poll");
    if (fds[1].revents) break;
    int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    int uffd = receive(connection);
    close(connection);
    if (uffd < 0) continue;
    if (!strcmp(argv[3], "batch")) install_all(uffd, memory, window);
    if (!serve(uffd, memory, window)) break;
    close(uffd);
  }
  unlink(argv[1]);
  return 0;
}
