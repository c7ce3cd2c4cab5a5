//! Links to this server, which are never fetched.

use url::Url;

use crate::{
    config::Origin,
    db::ids::{MessageId, RoomId},
};

/// Link to this server.
#[derive(Debug, PartialEq, Eq)]
pub enum OwnLink {
    Message(RoomId, MessageId),
    /// Any other page.
    Other,
}

/// Parses a link to this server. Returns `None` for other servers, or if no public URL is configured.
pub fn of(url: &Url, public_url: Option<&Origin>) -> Option<OwnLink> {
    let origin = Origin::parse(&url.origin().ascii_serialization())?;
    public_url.filter(|own| **own == origin)?;
    let path: Vec<&str> = url.path_segments()?.collect();
    let ["rooms", room, "messages", message] = path[..] else {
        return Some(OwnLink::Other);
    };
    let ids = room.parse().ok().zip(message.parse().ok());
    Some(match ids {
        Some((room, message)) => OwnLink::Message(RoomId(room), MessageId(message)),
        None => OwnLink::Other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_with_the_own_origin_are_own() {
        let own = Origin::parse("https://chat.example.com").expect("an origin");
        let of = |url: &str| of(&Url::parse(url).expect("a URL"), Some(&own));
        let message = Some(OwnLink::Message(RoomId(1), MessageId(9)));
        for url in [
            "https://chat.example.com/rooms/1/messages/9#message-9",
            "https://CHAT.example.com:443/rooms/1/messages/9",
        ] {
            assert_eq!(of(url), message, "{url}");
        }
        for path in [
            "/rooms/1",
            "/rooms/1/messages/9/edits",
            "/rooms/1/messages/9/thread#message-12",
            "/rooms/1/messages/9/",
            "/rooms/1/messages/",
            "/rooms/1/messages/x",
            "/x/rooms/1/messages/9",
        ] {
            let url = format!("https://chat.example.com{path}");
            assert_eq!(of(&url), Some(OwnLink::Other), "{url}");
        }
        for url in [
            "http://chat.example.com/rooms/1/messages/9",
            "https://chat.example.com:8443/rooms/1/messages/9",
            "https://chat.example.com.evil.test/rooms/1/messages/9",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
    }
}
