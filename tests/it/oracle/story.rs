//! People do things to one room at random, while its pages come and go.

use super::page::{Page, Tally, everything};
use crate::harness::browser::Browser;
use crate::harness::person::Person;
use crate::harness::story::Story;

/// A story, and the pages on which it is followed.
pub struct Watched<'a> {
    pub story: Story<'a>,
    browser: &'a Browser,
    pub pages: Vec<Page>,
}

impl<'a> Watched<'a> {
    /// With a page for each of the people.
    pub async fn begin(people: &'a [Person], browsers: &'a [Browser], seed: u64) -> Watched<'a> {
        let story = Story::begin(people, seed).await;
        let mut pages = Vec::new();
        for (person, browser) in people.iter().zip(browsers) {
            pages.push(Page::open(person, browser, story.room).await);
        }
        Watched {
            story,
            browser: &browsers[0],
            pages,
        }
    }

    /// Somebody does something, and maybe something happens to a page.
    pub async fn step(&mut self) -> String {
        self.story.open = self.pages.iter().map(Page::thread).collect();
        let done = self.story.deed().await;
        let at = self.story.chance.below(self.pages.len());
        match self.story.chance.below(40) {
            0 | 1 => self.pages[at].cut(),
            2 | 3 => self.pages[at].connect().await,
            4 => {
                // It comes back, sees the beginning of what it missed, and is gone again.
                self.pages[at].cut();
                self.pages[at].connect().await;
                let most = 1 + self.story.chance.below(2);
                self.pages[at].glimpse(most).await;
                self.pages[at].cut();
            }
            5 => {
                let most = self.story.chance.below(8);
                self.pages[at].glimpse(most).await;
            }
            6 => {
                if let Some(root) = self.story.recent(false) {
                    self.pages[at].open_thread(root).await;
                }
            }
            _ => {}
        }
        done
    }

    /// Everybody has everything, and it is what is there.
    pub async fn compare(&mut self, when: &str) {
        let last = self.story.post().await;
        let all = everything(self.browser, self.story.room).await;
        for page in &mut self.pages {
            page.settle(last).await;
            page.compare(&all, when).await;
        }
    }

    pub fn tally(&self) -> Tally {
        let mut sum = Tally::default();
        for page in &self.pages {
            sum.add(page.tally);
        }
        sum
    }
}
