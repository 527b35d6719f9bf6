// Folders of pictures: what is found, and how it is split.
#include "ocellus/data/picture_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

// Empty files: nothing opens them.
class PictureFolderOnDisk : public testing::Test {
 protected:
  void Put(const std::string& name) {
    fs::create_directories((folder_ / name).parent_path());
    WriteBytes(folder_ / name, "");
  }
  void PutMany(const std::string& label, int count) {
    for (int i = 0; i < count; ++i) Put(label + "/" + std::to_string(i) + ".png");
  }
  std::string Error() const {
    return ErrorText([&] { ListPictures(folder_.path()); });
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

  TemporaryFolder folder_;
};

std::vector<std::string> Names(const PictureList& pictures) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < pictures.size(); ++i) {
    names.push_back(fs::relative(pictures.path(i), pictures.folder()));
  }
  return names;
}

TEST_F(PictureFolderOnDisk, IsListedInOrderWithoutHiddenFiles) {
  for (const char* name : {"dog/b.jpg", "dog/a.jpg", "cat/z.PNG", "Bird/1.jpeg", "cat/.hidden.png",
                           ".git/x.png", "README.md"}) {
    Put(name);
  }
  const PictureList pictures = ListPictures(folder_.path());
  EXPECT_THAT(pictures.class_names(), ElementsAre("Bird", "cat", "dog"));
  EXPECT_THAT(Names(pictures), ElementsAre("Bird/1.jpeg", "cat/z.PNG", "dog/a.jpg", "dog/b.jpg"));
  EXPECT_EQ(pictures.label(0), 0);
  EXPECT_EQ(pictures.label(3), 2);
  EXPECT_THAT(pictures.CountByClass(), ElementsAre(1, 1, 2));
  EXPECT_THAT(Names(pictures.Select(std::vector<int64_t>{3, 1})),
              ElementsAre("dog/b.jpg", "cat/z.PNG"));
}

TEST_F(PictureFolderOnDisk, NeedsTwoClassesWithPictures) {
  EXPECT_EQ(Error(), folder_.path().string() +
                         ": expected a sub-folder of pictures for each of at least 2 classes, "
                         "found none");
  EXPECT_EQ(ErrorText([&] { ListPictures(folder_ / "nowhere"); }),
            Path("nowhere") + ": this folder cannot be read: No such file or directory");
  Put("cat/a.png");
  EXPECT_EQ(Error(), folder_.path().string() +
                         ": expected a sub-folder of pictures for each of at least 2 classes, "
                         "found only 'cat'");
  fs::create_directory(folder_ / "dog");
  const std::string empty =
      Path("dog") +
      ": expected pictures of this class, found none; remove the folder if there "
      "are none";
  EXPECT_EQ(Error(), empty);
  Put("dog/.hidden.png");
  EXPECT_EQ(Error(), empty);
  Put("dog/a.png");
  EXPECT_EQ(Error(), "no error");
  Put("dog/more/b.png");
  EXPECT_EQ(Error(), Path("dog") +
                         ": expected pictures, found the folder 'more'; each class has one folder");
  fs::remove_all(folder_ / "dog/more");
  Put("\xff\xfe/a.png");
  EXPECT_EQ(Error(), folder_.path().string() + ": expected class names in UTF-8, found '\xff\xfe'");
}

TEST_F(PictureFolderOnDisk, TakesClassesFromAnother) {
  Put("dog/a.png");
  const std::vector<std::string> names = {"cat", "dog"};
  const PictureList pictures = ListPictures(folder_.path(), names);
  EXPECT_THAT(pictures.class_names(), ElementsAre("cat", "dog"));
  EXPECT_EQ(pictures.label(0), 1);
  Put("dgo/a.png");
  EXPECT_EQ(
      ErrorText([&] { ListPictures(folder_.path(), names); }),
      folder_.path().string() + ": 'dgo' is not one of the classes to learn; did you mean 'dog'?");
}

TEST_F(PictureFolderOnDisk, SplitsEachClassForASeed) {
  PutMany("cat", 10);
  PutMany("dog", 41);
  const PictureList pictures = ListPictures(folder_.path());
  const PictureSplit split = SplitPictures(pictures, 0.25, 1);
  EXPECT_THAT(split.test.CountByClass(), ElementsAre(3, 10));
  EXPECT_THAT(split.train.CountByClass(), ElementsAre(7, 31));
  std::set<std::string> all;
  for (const PictureList* part : {&split.train, &split.test}) {
    for (const std::string& name : Names(*part)) EXPECT_TRUE(all.insert(name).second) << name;
  }
  EXPECT_EQ(all.size(), 51u);

  EXPECT_EQ(Names(SplitPictures(pictures, 0.25, 1).test), Names(split.test));
  EXPECT_NE(Names(SplitPictures(pictures, 0.25, 2).test), Names(split.test));
  EXPECT_THAT(SplitPictures(pictures, 0.001, 1).test.CountByClass(), ElementsAre(1, 1));
  EXPECT_THAT(SplitPictures(pictures, 0.999, 1).train.CountByClass(), ElementsAre(1, 1));
}

TEST_F(PictureFolderOnDisk, IsNotSplitWhereThatIsImpossible) {
  PutMany("cat", 2);
  PutMany("dog", 1);
  const PictureList pictures = ListPictures(folder_.path());
  EXPECT_EQ(ErrorText([&] { SplitPictures(pictures, 0.5, 1); }),
            Path("dog") +
                ": expected at least 2 pictures, one to learn from and one to test with, found 1");
  for (const double fraction : {0.0, 1.0, -0.5, std::nan("")}) {
    EXPECT_THAT(ErrorText([&] { SplitPictures(pictures, fraction, 1); }),
                testing::StartsWith("test fraction: expected a number between 0 and 1, found "));
  }
}

}  // namespace
}  // namespace ocellus
