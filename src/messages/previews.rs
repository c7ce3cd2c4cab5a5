//! Link previews of messages, looked up by a job after the commit.

use std::{collections::HashSet, time::Duration};

use tokio::task::JoinSet;

use super::{Message, changed_event::changed_event, markup, store};
use crate::{
    app::App,
    db::{Conn, Db, Tx, time},
    error::{Error, Result},
    jobs::{self, Job, JobHandler},
    link_previews::{self, LinkPreviews, LookedUp, MAX_PREVIEWS},
};

/// Age in milliseconds after which a message's links are no longer looked up.
const TOO_LATE: i64 = Duration::from_secs(15 * 60).as_millis() as i64;
/// Maximum length in bytes of a URL that is looked up.
const MAX_URL: usize = 2_000;

/// Schedules the lookup of previews for a new message, if it has links. Costs no SQL statement otherwise.
pub(super) fn schedule(tx: &mut Tx, message: &Message) -> Result<()> {
    // Only links to websites produce this in the HTML, because texts are escaped.
    match message.html.as_str().contains("<a href=\"http") {
        true => jobs::add::<FindLinkPreviews>(tx, &message.id.to_string()),
        false => Ok(()),
    }
}

/// Removes the previews of links that an edited message no longer has.
pub(super) fn remove_outdated(tx: &mut Tx, message: &mut Message) -> Result<()> {
    if link_previews::count(tx.conn, message.id)? == 0 {
        return Ok(());
    }
    let urls = links(message);
    let count = link_previews::retain(tx, message.id, &urls)?;
    store::set_previews(tx.conn, message.id, count)?;
    let previews = &mut message.previews;
    previews.retain(|preview| urls.contains(&preview.url));
    Ok(())
}

/// Job that looks up the previews of one message.
pub struct FindLinkPreviews {
    pub app: App,
    pub previews: LinkPreviews,
}

impl JobHandler for FindLinkPreviews {
    const KIND: &'static str = "messages.link_previews";
    // Websites may be slow, so leave room for other jobs.
    const AT_ONCE: usize = 2;

    async fn run(&self, db: &Db, job: &Job) -> Result<()> {
        let id: i64 = job.payload.parse().unwrap_or_default();
        let read = move |conn: &mut Conn| Ok(store::these(conn, &[id])?.pop());
        let Some(message) = db.read(read).await? else {
            return Ok(());
        };
        // Previews may have been turned off since the job was added.
        if !self.app.config.link_previews || is_late(&message) {
            return Ok(());
        }
        let found = self.look_up(links(&message)).await?;
        let (job, events) = (job.clone(), self.app.events.clone());
        let write = move |tx: &mut Tx| {
            job.complete(tx)?;
            let Some(shown) = store::one(tx.conn, message.room, message.id)? else {
                return Ok(());
            };
            // An edit schedules a job of its own.
            if shown.body != message.body || shown.deleted_at.is_some() {
                return Ok(());
            }
            let count = link_previews::set(tx, shown.id, found)?;
            store::set_previews(tx.conn, shown.id, count)?;
            let Some(now) = store::one(tx.conn, shown.room, shown.id)? else {
                return Ok(());
            };
            if now.previews == shown.previews {
                return Ok(());
            }
            let changed = store::stamp(tx.conn, shown.room, shown.id)?;
            let mut event = changed_event(&changed, Vec::new())?;
            if lost_previews(&shown, &changed.message) {
                event = event.with_erased_text();
            }
            events.emit(tx, event)
        };
        db.write(write).await
    }
}

impl FindLinkPreviews {
    /// Looks up all URLs concurrently. Returns the results in the same order.
    async fn look_up(&self, urls: Vec<String>) -> Result<Vec<LookedUp>> {
        let mut running = JoinSet::new();
        for (place, url) in urls.into_iter().enumerate() {
            let previews = self.previews.clone();
            running.spawn(async move { (place, previews.look_up(url).await) });
        }
        let mut found = Vec::new();
        while let Some(one) = running.join_next().await {
            let (place, one) = one.map_err(|error| Error::Internal(error.to_string()))?;
            found.push((place, one?));
        }
        found.sort_by_key(|(place, _)| *place);
        Ok(found.into_iter().map(|(_, one)| one).collect())
    }
}

/// Returns the distinct URLs to look up.
fn links(message: &Message) -> Vec<String> {
    let rendered = markup::render(message.body.as_str());
    let mut seen = HashSet::new();
    let links = rendered.links().iter();
    let fitting = links.filter(|url| url.len() <= MAX_URL && seen.insert(url.as_str()));
    fitting.take(MAX_PREVIEWS).cloned().collect()
}

/// Returns whether the text is so old that readers wouldn't expect changes anymore.
fn is_late(message: &Message) -> bool {
    let written_at = message.edited_at.unwrap_or(message.created_at);
    time::now() - written_at > TOO_LATE
}

/// Returns whether a message no longer shows a preview that it showed before.
pub(super) fn lost_previews(before: &Message, after: &Message) -> bool {
    let is_shown = |url: &str| after.previews.iter().any(|preview| preview.url == url);
    !before.previews.iter().all(|preview| is_shown(&preview.url))
}
