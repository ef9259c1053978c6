// The bare loop that loading a migrations directory is measured against: open, read and hash every file of a folder.
// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char** argv) {
  static char content[1 << 20];
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  unsigned long files = 0;
  EVP_MD* sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
  DIR* folder = argc == 2 ? opendir(argv[1]) : NULL;
  if (folder == NULL || sha256 == NULL) return 2;
  for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    const int file = openat(dirfd(folder), entry->d_name, O_RDONLY | O_CLOEXEC);
    const ssize_t length = file < 0 ? -1 : read(file, content, sizeof content);
    if (length < 0 || EVP_Digest(content, (size_t)length, digest, &size, sha256, NULL) != 1) return 1;
    close(file);
    ++files;
  }
  printf("%lu files\n", files);
  return 0;
}
