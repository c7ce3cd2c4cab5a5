//! A room's page: what stands on it, and what its scripts do with what comes in (`assets/js/arrivals.js`,
//! `history.js`, `thread.js`).

use std::collections::VecDeque;
use std::time::Duration;

use super::dom::{self, Node};
use crate::harness::PATIENCE;
use crate::harness::browser::Browser;
use crate::harness::html::{attribute, opening_tag};
use crate::harness::person::Person;
use crate::harness::socket::{Heard, Socket};

pub struct Page {
    person: Person,
    browser: Browser,
    room: i64,
    socket: Option<Socket>,
    /// `data-rev` of the list: the newest rev that came.
    pub rev: i64,
    /// The list, then the root of the open thread, then its answers.
    list: Vec<Node>,
    side: Option<Side>,
    /// Answers may be missing beside the room.
    missed: bool,
    pub tally: Tally,
}

struct Side {
    root: i64,
    column: Vec<Node>,
    answers: Vec<Node>,
}

/// What came about, so that a test knows that it did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub frames: usize,
    pub gaps: usize,
    pub anew: usize,
    pub cuts: usize,
    pub quotes: usize,
    pub duplicates: usize,
    pub old: usize,
    pub answers: usize,
    pub roots: usize,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.frames += other.frames;
        self.gaps += other.gaps;
        self.anew += other.anew;
        self.cuts += other.cuts;
        self.quotes += other.quotes;
        self.duplicates += other.duplicates;
        self.old += other.old;
        self.answers += other.answers;
        self.roots += other.roots;
    }
}

impl Page {
    /// Loads it.
    pub async fn open(person: &Person, browser: &Browser, room: i64) -> Page {
        let mut page = Page {
            person: person.clone(),
            browser: browser.clone(),
            room,
            socket: None,
            rev: 0,
            list: Vec::new(),
            side: None,
            missed: false,
            tally: Tally::default(),
        };
        let loaded = browser.page(&format!("/rooms/{room}")).await.expect(200);
        (page.rev, page.list) = list(&loaded.text());
        page
    }

    /// The connection is there again, after what the page has.
    pub async fn connect(&mut self) {
        if self.socket.is_none() {
            let path = format!("/rooms/{}/live?after={}", self.room, self.rev);
            self.socket = Some(self.person.open(&path).await.expect("the socket opens"));
        }
    }

    /// The connection is gone, with all that was on its way.
    pub fn cut(&mut self) {
        self.tally.cuts += usize::from(self.socket.take().is_some());
    }

    /// Takes in so many frames at most that carry messages, if they come soon.
    pub async fn glimpse(&mut self, most: usize) {
        let mut taken = 0;
        while let (Some(socket), true) = (&mut self.socket, taken < most) {
            let soon = tokio::time::timeout(Duration::from_millis(15), socket.hear());
            match soon.await {
                Ok(Heard::Text(frame)) => taken += usize::from(self.take(&frame)),
                Ok(Heard::Closed(_)) => self.cut(),
                Err(_) => return,
            }
        }
    }

    /// Takes in all up to a message that was just posted, and loads what was left out.
    pub async fn settle(&mut self, last: i64) {
        self.connect().await;
        let id = format!("message-{last}");
        let started = std::time::Instant::now();
        while dom::find(&self.list, &id).is_none() {
            assert!(started.elapsed() < PATIENCE, "{id} never came");
            let socket = self.socket.as_mut().expect("it is connected");
            match socket.hear().await {
                Heard::Text(frame) => drop(self.take(&frame)),
                Heard::Closed(_) => {
                    self.cut();
                    self.connect().await;
                }
            }
        }
        self.load_gaps().await;
        if let (true, Some(side)) = (self.missed, &self.side) {
            let root = side.root;
            self.open_thread(root).await;
        }
        self.missed = false;
    }

    /// Opens the thread of a message beside the room.
    pub async fn open_thread(&mut self, root: i64) {
        let path = format!("/rooms/{}/messages/{root}/thread", self.room);
        let text = self.browser.fragment(&path).await.expect(200).text();
        self.side = Some(side(&text, root));
    }

    /// The message whose thread is open.
    pub fn thread(&self) -> Option<i64> {
        self.side.as_ref().map(|side| side.root)
    }

    async fn load_gaps(&mut self) {
        loop {
            let marks = dom::of_class(&self.list, "gap");
            let Some(mark) = marks.first() else { return };
            let Node::Element(link) = &mark.children[0] else {
                panic!("a gap has a link");
            };
            let href = attribute(&link.tag, "href").expect("it leads somewhere");
            let part = self.browser.fragment(&href).await.expect(200).text();
            let mut part = dom::parse(&part);
            self.sift(&mut part);
            let is_mark = |node: &Node| node.element().is_some_and(|one| one.has_class("gap"));
            let at = self.list.iter().position(is_mark).expect("it is there");
            self.list.splice(at..=at, part);
        }
    }

    /// Takes a frame in; says whether there was a message in it.
    fn take(&mut self, frame: &str) -> bool {
        let (mut rest, mut tasks) = (frame, VecDeque::new());
        while let Some(at) = rest.find("<hx-partial ") {
            let tag = opening_tag(&rest[at..]);
            let target = attribute(tag, "hx-target").expect("a target");
            let style = attribute(tag, "hx-swap").expect("a way");
            let begin = at + tag.len();
            let end = begin + rest[begin..].find("</hx-partial>").expect("an end");
            tasks.push_back((target, style, &rest[begin..end]));
            rest = &rest[end..];
        }
        let mut messages = false;
        for (target, style, html) in tasks {
            let ours = ["#messages", "#message-", "#root-", "#thread-", "#quote-"];
            if ours.iter().any(|begin| target.starts_with(begin)) {
                messages |= html.contains("<article");
                self.swap(&target[1..], &style, dom::parse(html));
            }
        }
        self.tally.frames += usize::from(messages);
        messages
    }

    fn swap(&mut self, target: &str, style: &str, mut part: Vec<Node>) {
        let articles = dom::of_class(&part, "message").into_iter();
        let revs: Vec<(Option<String>, i64)> = articles
            .map(|one| (one.id(), one.number("data-rev").expect("a rev")))
            .collect();
        let newest = revs.iter().map(|(_, rev)| *rev).max();
        if (target, style) == ("messages", "innerHTML") {
            (self.rev, self.list, self.missed) = (newest.unwrap_or(0), part, true);
            self.tally.anew += 1;
            return;
        }
        self.rev = self.rev.max(newest.unwrap_or(0));
        if style == "outerHTML" {
            let here = self.find(target).and_then(|one| one.number("data-rev"));
            let comes = revs.iter().find(|(id, _)| id.as_deref() == Some(target));
            if comes.is_some_and(|(_, rev)| here.is_some_and(|here| here > *rev)) {
                self.tally.old += 1;
                return;
            }
            let swapped = dom::replace(&mut self.list, target, &part)
                || self.side.as_mut().is_some_and(|side| {
                    dom::replace(&mut side.column, target, &part)
                        || dom::replace(&mut side.answers, target, &part)
                });
            self.tally.quotes += usize::from(swapped && target.starts_with("quote-"));
            self.tally.roots += usize::from(swapped && target.starts_with("root-"));
            return;
        }
        assert_eq!(style, "beforeend");
        let gap = !dom::of_class(&part, "gap").is_empty();
        self.tally.gaps += usize::from(gap);
        self.missed |= gap;
        self.sift(&mut part);
        if target == "messages" {
            self.list.extend(part);
        } else if let Some(side) = &mut self.side
            && target == format!("thread-{}", side.root)
        {
            self.tally.answers += part.len();
            side.answers.extend(part);
        }
    }

    /// Leaves out what is here already.
    fn sift(&mut self, part: &mut Vec<Node>) {
        let (mut kept, before) = (Vec::new(), part.len());
        for node in part.drain(..) {
            let id = node.element().and_then(|one| one.id());
            if id.is_none_or(|id| self.find(&id).is_none()) {
                kept.push(node);
                continue;
            }
            let is_day = |node: &Node| node.element().is_some_and(|one| one.has_class("day"));
            while kept
                .last()
                .is_some_and(|node| matches!(node, Node::Text(_)))
            {
                kept.pop();
            }
            if kept.last().is_some_and(is_day) {
                kept.pop();
            }
        }
        self.tally.duplicates += usize::from(kept.len() < before);
        *part = kept;
    }

    fn find(&self, id: &str) -> Option<&dom::Element> {
        let side = self.side.as_ref();
        dom::find(&self.list, id).or_else(|| {
            let side = side?;
            dom::find(&side.column, id).or_else(|| dom::find(&side.answers, id))
        })
    }

    /// Fails unless everything here is as it would be on a page that is loaded now.
    pub async fn compare(&self, everything: &[String], when: &str) {
        let name = &self.person.name;
        let here = shown(&self.list);
        assert!(!here.is_empty(), "{when}: {name} sees nothing");
        same(&here, everything, &format!("{when}: the list of {name}"));
        let Some(side) = &self.side else { return };
        let path = format!("/rooms/{}/messages/{}/thread", self.room, side.root);
        let text = self.browser.fragment(&path).await.expect(200).text();
        let fresh = self::side(&text, side.root);
        let what = format!("{when}: the root beside {name}");
        same(&shown(&side.column), &shown(&fresh.column), &what);
        let (here, fresh) = (shown(&side.answers), shown(&fresh.answers));
        let what = format!("{when}: the answers beside {name}");
        match here.len() >= fresh.len() {
            true => same(&fresh, &here, &what),
            false => same(&here, &fresh, &what),
        }
        assert!(
            here.len() >= fresh.len(),
            "{what}: {} of {}",
            here.len(),
            fresh.len()
        );
    }
}

/// Every message of a room, with the days between, as a reader loads them.
pub async fn everything(browser: &Browser, room: i64) -> Vec<String> {
    let text = browser
        .page(&format!("/rooms/{room}"))
        .await
        .expect(200)
        .text();
    let (_, mut nodes) = list(&text);
    loop {
        let older = dom::of_class(&nodes, "older");
        let Some(Node::Element(link)) = older.first().map(|older| older.children[0].clone()) else {
            return shown(&nodes);
        };
        let href = attribute(&link.tag, "href").expect("it leads somewhere");
        let part = browser.fragment(&href).await.expect(200).text();
        let mut part = dom::parse(&part);
        part.extend(nodes.into_iter().filter(|node| {
            let is_link = node.element().is_some_and(|one| one.has_class("older"));
            !is_link
        }));
        nodes = part;
    }
}

/// The rev and the nodes of the list on a page.
fn list(page: &str) -> (i64, Vec<Node>) {
    let begin = page.find("<div id=\"messages\"").expect("there is a list");
    let tag = opening_tag(&page[begin..]);
    let rev = attribute(tag, "data-rev").and_then(|rev| rev.parse().ok());
    let rest = &page[begin + tag.len()..];
    let end = rest.find("<div id=\"outbox\"").expect("what follows it");
    let end = rest[..end].rfind("</div>").expect("its end");
    (rev.expect("a rev"), dom::parse(&rest[..end]))
}

/// The column and the answers of a thread.
fn side(html: &str, root: i64) -> Side {
    let begin = html.find("<article").expect("there is a root");
    let end = begin + html[begin..].find("</article>").expect("its end") + "</article>".len();
    let from = html
        .find(&format!("id=\"thread-{root}\""))
        .expect("answers");
    let from = from + html[from..].find('>').expect("its tag ends") + 1;
    let last = html[from..].rfind("</article>");
    let to = last.map_or(from, |last| from + last + "</article>".len());
    Side {
        root,
        column: dom::parse(&html[begin..end]),
        answers: dom::parse(&html[from..to]),
    }
}

/// What stands there of messages and days, byte for byte.
fn shown(nodes: &[Node]) -> Vec<String> {
    let elements = nodes.iter().filter_map(Node::element);
    let counts = |one: &&dom::Element| one.has_class("message") || one.has_class("day");
    elements.filter(counts).map(dom::Element::html).collect()
}

/// `here` has to be the end of `fresh`.
fn same(here: &[String], fresh: &[String], what: &str) {
    let fresh = &fresh[fresh.len().saturating_sub(here.len())..];
    for (at, (a, b)) in here.iter().rev().zip(fresh.iter().rev()).enumerate() {
        assert_eq!(a, b, "{what}, {at} from the end");
    }
    assert_eq!(
        here.len(),
        fresh.len(),
        "{what}: there is more than there was"
    );
}
